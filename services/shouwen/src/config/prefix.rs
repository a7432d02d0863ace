//! Addresses that have their first bits in common: one, or those of a network.
//!
//! In: `10.0.0.5`, `10.0.0.0/8`, `fd00::/8`. Out: whether an address is one of them. Never here: a
//! name that would have to be looked up.

use std::{fmt, net::IpAddr, str::FromStr};

/// An address, or a network of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Prefix {
    address: IpAddr,
    bits: u32,
}

impl Prefix {
    /// Says whether an address is one of these.
    pub(crate) fn holds(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        width(self.address) == width(address) && first(self.address, self.bits) == first(address, self.bits)
    }
}

const fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// Gives the first bits of an address, the others cleared.
fn first(address: IpAddr, bits: u32) -> u128 {
    let whole = match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    let others = width(address) - bits;
    whole.checked_shr(others).and_then(|bits| bits.checked_shl(others)).unwrap_or(0)
}

impl FromStr for Prefix {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        const WRONG: &str = "neither an address such as 10.0.0.5 nor a network such as 10.0.0.0/8";
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| WRONG)?;
        let bits = bits.map_or(Ok(width(address)), str::parse).map_err(|_| WRONG)?;
        if bits > width(address) {
            return Err(WRONG);
        }
        // Whoever wrote bits behind the network meant something else.
        let is_whole = first(address, bits) == first(address, width(address));
        if is_whole { Ok(Self { address, bits }) } else { Err("an address within a network, not the network") }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)?;
        if self.bits < width(self.address) { write!(f, "/{}", self.bits) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
