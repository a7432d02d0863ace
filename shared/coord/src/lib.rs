//! What may be lost: presence, fan-out to screens, shared quotas, live figures.
