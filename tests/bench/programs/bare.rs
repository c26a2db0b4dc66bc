//! A bare axum route that responds with 204 to a request that sets a tag. `make bench` compares the
//! service with it.

use std::io;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::put;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let listen = std::env::args().nth(1).unwrap_or_default();
    let listener = TcpListener::bind(listen).await?;
    let routes = Router::new().route(
        "/v2/images/{id}/tags/{tag}",
        put(|| async { StatusCode::NO_CONTENT }),
    );
    axum::serve(listener, routes).await
}
