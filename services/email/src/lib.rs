//! Mail in by SMTP and LMTP, out by submission.
