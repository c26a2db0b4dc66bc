//! The table of routes.

use matchit::Router;

use super::resource::Resource;

/// Resources with their paths, to become a part of the table.
#[derive(Debug, Default)]
pub(in crate::image_api) struct Routes(Vec<(&'static str, Resource)>);

impl Routes {
    /// Adds a resource at `path`, which may have parameters: `/v2/images/{image_id}`.
    pub(in crate::image_api) fn route(mut self, path: &'static str, resource: Resource) -> Self {
        self.0.push((path, resource));
        self
    }

    /// Adds all of `others`.
    pub(in crate::image_api) fn merge(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }
}

/// The resources by their paths.
///
/// The router is the one inside of axum's. axum's also decodes the parameters of each path and
/// keeps them with the request; here, handlers read them from the path as the client sent it.
#[derive(Debug)]
pub(in crate::image_api) struct RouteTable {
    router: Router<Route>,
    /// The paths of the routes, in their order.
    paths: Vec<&'static str>,
}

/// A resource of the table.
#[derive(Debug)]
pub(in crate::image_api) struct Route {
    pub(in crate::image_api) resource: Resource,
    /// Its position in the table.
    pub(in crate::image_api) position: usize,
    /// Whether its answers may be long, and are then compressed.
    pub(in crate::image_api) is_document: bool,
}

impl RouteTable {
    /// The table of `documents`, whose answers may be long, and of `others`.
    pub(in crate::image_api) fn new(documents: Routes, others: Routes) -> Self {
        let (mut router, mut paths) = (Router::new(), Vec::new());
        for (routes, is_document) in [(documents, true), (others, false)] {
            for (path, resource) in routes.0 {
                let route = Route {
                    resource,
                    position: paths.len(),
                    is_document,
                };
                let inserted = router.insert(path, route);
                // Every start would show it.
                assert!(inserted.is_ok(), "the path {path} is there already");
                paths.push(path);
            }
        }
        Self { router, paths }
    }

    /// The resource at `path`.
    pub(in crate::image_api) fn at(&self, path: &str) -> Option<&Route> {
        self.router.at(path).ok().map(|found| found.value)
    }

    /// The paths of the routes, in their order.
    pub(in crate::image_api) fn paths(&self) -> &[&'static str] {
        &self.paths
    }
}
