//! The operations of `/development`.

use std::sync::Arc;

use axum::Json;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::error::DevelopmentError;
use super::fault::Fault;
use super::faults::Faults;
use super::injected_fault::InjectedFault;
use crate::auth::Authenticator;
use crate::data::DataStore;
use crate::http::HttpError;
use crate::http::request::BodyReader;
use crate::http::response::no_content;
use crate::image::Image;
use crate::policy::Rights;
use crate::store::ImageStore;

/// `/development`.
#[derive(Debug)]
pub(crate) struct Development {
    faults: Arc<Faults>,
    resettable: Resettable,
    bodies: BodyReader,
}

/// What a reset puts back.
#[derive(Debug)]
pub(crate) struct Resettable {
    pub(crate) store: Arc<dyn ImageStore>,
    pub(crate) data: DataStore,
    /// The images of the configuration.
    pub(crate) images: Vec<Image>,
}

impl Development {
    pub(crate) fn new(resettable: Resettable, faults: Arc<Faults>, bodies: BodyReader) -> Self {
        Self {
            faults,
            resettable,
            bodies,
        }
    }

    /// What happens to a request to `path`, if it was chosen to fail or to wait.
    pub(crate) fn inject(&self, method: &Method, path: &str) -> Option<InjectedFault> {
        self.faults.inject(method, path)
    }

    /// Answers a request to `path`, whose caller has these `rights`. The tokens to reset are those
    /// of `tokens`.
    pub(crate) async fn answer(
        &self,
        rights: &Rights,
        tokens: &dyn Authenticator,
        path: &str,
        request: Request,
    ) -> Response {
        let outcome = if rights.is_admin() {
            self.operate(tokens, path, request).await
        } else {
            Err(DevelopmentError::Forbidden)
        };
        outcome.unwrap_or_else(IntoResponse::into_response)
    }

    async fn operate(
        &self,
        tokens: &dyn Authenticator,
        path: &str,
        request: Request,
    ) -> Result<Response, DevelopmentError> {
        let method = request.method().clone();
        match (path, method) {
            ("/development/reset", Method::POST) => {
                self.bodies.discard(request).await?;
                self.reset(tokens).await
            }
            ("/development/reset", _) => Err(DevelopmentError::MethodNotAllowed("POST")),
            ("/development/faults", Method::POST) => self.add(request).await,
            ("/development/faults", Method::GET) => {
                self.bodies.discard(request).await?;
                Ok(Json(json!({"faults": self.faults.list()})).into_response())
            }
            ("/development/faults", Method::DELETE) => {
                self.bodies.discard(request).await?;
                self.faults.clear();
                Ok(no_content())
            }
            ("/development/faults", _) => {
                Err(DevelopmentError::MethodNotAllowed("GET, POST, DELETE"))
            }
            (path, method) => {
                let id = path.strip_prefix("/development/faults/");
                let id = id.and_then(|id| id.parse().ok());
                let id = id.ok_or(DevelopmentError::NotFound)?;
                if method != Method::DELETE {
                    return Err(DevelopmentError::MethodNotAllowed("DELETE"));
                }
                self.bodies.discard(request).await?;
                let is_removed = self.faults.remove(id);
                is_removed
                    .then(no_content)
                    .ok_or(DevelopmentError::NotFound)
            }
        }
    }

    /// Adds a fault: 201 with the fault and its id.
    async fn add(&self, request: Request) -> Result<Response, DevelopmentError> {
        let body = self.bodies.short_json(request).await?;
        let fault: Result<Fault, _> = serde_json::from_str(body.text()?);
        let fault = fault.map_err(|error| HttpError::invalid(format!("{error}.")))?;
        let added = self.faults.add(fault).ok_or(DevelopmentError::TooMany)?;
        Ok((StatusCode::CREATED, Json(added)).into_response())
    }

    /// Puts everything in memory back to the configured state.
    async fn reset(&self, tokens: &dyn Authenticator) -> Result<Response, DevelopmentError> {
        let Resettable {
            store,
            data,
            images,
        } = &self.resettable;
        // A store that keeps nothing in files stays as it is if its data does.
        if data.is_durable() || !store.reset(images).await {
            return Err(DevelopmentError::NotInMemory);
        }
        data.clear();
        tokens.revoke_issued();
        self.faults.clear();
        Ok(no_content())
    }
}
