//! The host over a real socket.
