//! WeChat official account: callbacks in, customer-service messages out.
