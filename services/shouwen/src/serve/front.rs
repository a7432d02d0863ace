//! The front of a process: its health from the first moment, the roles' routes once they are
//! there.
//!
//! In: health, figures, later the routes. Out: one router to serve; whoever comes for a role
//! before it is there waits a little, and is asked to come again. Never here: a route of a role.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use console::api::error::Problem;
use runtime::Stop;
use tower::ServiceExt;

/// How long a call waits for the roles to come up.
const OPEN_WAIT: Duration = Duration::from_secs(5);

/// The front. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Front {
    routes: Arc<OnceLock<Router>>,
    opened: Stop,
}

impl Front {
    /// Gives what is served from the first moment on.
    pub(super) fn routes(&self, watch: Router) -> Router {
        Router::new().fallback(enter).with_state(self.clone()).merge(watch)
    }

    /// Opens the routes of the roles; the first ones stay.
    pub(super) fn open(&self, routes: Router) {
        drop(self.routes.set(routes));
        self.opened.cancel();
    }
}

async fn enter(State(front): State<Front>, request: Request) -> Response {
    // Whether it opened is asked below.
    drop(tokio::time::timeout(OPEN_WAIT, front.opened.cancelled()).await);
    match front.routes.get() {
        Some(routes) => routes.clone().oneshot(request).await.into_response(),
        None => Problem::unavailable("the house is still coming up").into_response(),
    }
}

/// Answers what no role of this process knows.
pub(super) async fn absent() -> Problem {
    Problem::absent("address")
}
