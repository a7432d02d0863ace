//! REST, WebSocket and pages for agents, supervisors, ops and clients.
