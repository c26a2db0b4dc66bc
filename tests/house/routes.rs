//! The route tables against the documentation and the test that plays every route.

use syn::visit::{self, Visit};
use syn::{Expr, ExprMethodCall, ExprPath, Ident, Lit};

use crate::files::{self, Files};

/// A path and the methods that it has, as a router declares them:
/// `.route("/v2/images/{image_id}", get(show).delete(delete))`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route {
    path: String,
    methods: Vec<String>,
}

/// All routes in `files`.
pub(crate) fn routes(files: &Files) -> Vec<Route> {
    let mut routes = Routes(Vec::new());
    for (path, text) in files.iter() {
        routes.visit_file(&files::parsed(path, text));
    }
    routes.0
}

/// The routes that `document` does not have as `METHOD path`; for `GET` the path is enough. The
/// names of parameters need not be the same.
pub(crate) fn undocumented(routes: &[Route], document: &str) -> Vec<String> {
    let document = without_names(document);
    let mut missing = Vec::new();
    for Route { path, methods } in routes {
        let path = without_names(path);
        for method in methods {
            let described = match &**method {
                "GET" => path.clone(),
                _ => format!("{method} {path}"),
            };
            if !has(&document, &described) {
                missing.push(format!("{method} {path}"));
            }
        }
    }
    missing
}

/// The routes whose path `tests` do not have: below an image without the path of the image, and
/// with `x` for other parameters.
pub(crate) fn unplayed(routes: &[Route], tests: &Files) -> Vec<String> {
    let is_missing = |route: &&Route| {
        let path = route.path.replace("/v2/images/{image_id}", "");
        let path = without_names(&path).replace("{}", "x");
        !path.is_empty() && !tests.iter().any(|(_, text)| has(text, &path))
    };
    let missing = routes.iter().filter(is_missing);
    missing.map(|route| route.path.clone()).collect()
}

/// `text` with `{}` for `{name}`.
fn without_names(text: &str) -> String {
    let mut parts = text.split('{');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = part.find(|it: char| !it.is_alphanumeric() && it != '_');
        plain.push('{');
        plain.push_str(&part[name.unwrap_or(part.len())..]);
    }
    plain
}

/// Whether `text` has `path`, and not only as a part of a longer one.
fn has(text: &str, path: &str) -> bool {
    text.match_indices(path).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + path.len()..].chars().next();
        let is_part = |it: char| it.is_alphanumeric() || "/{}_".contains(it);
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

struct Routes(Vec<Route>);

impl<'ast> Visit<'ast> for Routes {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if call.method == "route"
            && let [Expr::Lit(literal), handlers] = &*Vec::from_iter(&call.args)
            && let Lit::Str(path) = &literal.lit
        {
            let mut methods = Methods(Vec::new());
            methods.visit_expr(handlers);
            let methods = methods.0;
            let path = path.value();
            self.0.push(Route { path, methods });
        }
        visit::visit_expr_method_call(self, call);
    }
}

/// The methods among the calls of an expression: `get(a).put(b)`.
struct Methods(Vec<String>);

impl Methods {
    fn add(&mut self, name: &Ident) {
        if ["get", "post", "put", "patch", "delete"].contains(&&*name.to_string()) {
            self.0.push(name.to_string().to_uppercase());
        }
    }
}

impl<'ast> Visit<'ast> for Methods {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.add(&call.method);
        // A handler's own name is no method.
        self.visit_expr(&call.receiver);
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if let Some(name) = path.path.get_ident() {
            self.add(name);
        }
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        self.visit_expr(&call.func);
    }
}

#[test]
fn routes_are_found_and_missed() {
    let source = "fn r() { Router::new()
        .route(\"/v2/a\", get(delete))
        .route(\"/v2/a/{b}\", resource(\"GET, PUT\").get(c::show).put(c::put)) }";
    let routes = routes(&Files::from([("src/a.rs", source)]));
    let route = |path: &str, methods: &[&str]| Route {
        path: path.to_owned(),
        methods: methods.iter().map(ToString::to_string).collect(),
    };
    let expected = [
        route("/v2/a/{b}", &["PUT", "GET"]),
        route("/v2/a", &["GET"]),
    ];
    assert_eq!(routes, expected);

    assert_eq!(
        undocumented(&routes, "`GET /v2/a/{id}`"),
        ["PUT /v2/a/{}", "GET /v2/a"]
    );
    assert!(undocumented(&routes, "`PUT /v2/a/{b}`, | `/v2/a` |").is_empty());

    let tests = Files::from([("tests/a.rs", "[\"/v2/a/x\", \"/v2/aa\"]")]);
    assert_eq!(unplayed(&routes, &tests), ["/v2/a"]);
}
