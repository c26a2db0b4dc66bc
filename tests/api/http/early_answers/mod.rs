//! Responses that the server sends before it has read the request body: they arrive, and the
//! connection stays open or closes as they declare (RFC 9112, 9.3 and 9.6).
//!
//! Start reading at `responses`; `every_route` plays all routes with all bodies.

mod case;
mod every_route;
mod responses;
mod routes;
