//! SIDs of accounts, as text and in binary form.

use std::collections::BTreeSet;

use super::names::Encoding;
use crate::text::exact::lower;

/// A kind of SID that identifies a computer, a domain or a person.
struct Family {
    /// The beginning of the text, in lower case.
    text: &'static str,
    /// The authority and the first subauthority in binary form.
    binary: [u8; 10],
    /// The number of further subauthorities that identify the domain. One more can identify the account.
    domain: usize,
}

/// SIDs of Windows accounts, and SIDs of Azure Active Directory, which have no domain.
const FAMILIES: [Family; 2] = [
    Family { text: "s-1-5-21-", binary: [0, 0, 0, 0, 0, 5, 21, 0, 0, 0], domain: 3 },
    Family { text: "s-1-12-1-", binary: [0, 0, 0, 0, 0, 12, 1, 0, 0, 0], domain: 4 },
];

/// The maximum number of subauthorities after the first one.
const LONGEST: usize = 4;

/// The first relative identifier that Windows assigns to accounts. Smaller ones are the same on all computers.
const FIRST_ASSIGNED: u32 = 1000;

/// The SIDs of accounts in a log.
#[derive(Default)]
pub(super) struct Sids {
    /// The position of the family in [`FAMILIES`], and the subauthorities after the first one.
    found: BTreeSet<(usize, Vec<u32>)>,
}

/// A SID, or the common part of the SIDs of a domain, and its replacement.
pub(super) struct Replacement {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) from_binary: Vec<u8>,
    pub(super) to_binary: Vec<u8>,
}

impl Sids {
    /// Collects the SIDs in bytes of any layout.
    pub(super) fn collect(&mut self, bytes: &[u8]) {
        for (at, &byte) in bytes.iter().enumerate() {
            let rest = bytes.get(at..).unwrap_or_default();
            match byte {
                b'S' | b's' => Encoding::ALL.into_iter().for_each(|encoding| self.collect_text(rest, encoding)),
                1 => self.collect_binary(rest),
                _ => {}
            }
        }
    }

    /// Adds the SID at the start of text, if there is one.
    fn collect_text(&mut self, bytes: &[u8], encoding: Encoding) {
        let unit = |n: usize| encoding.unit(bytes, n * encoding.width());
        let is_here = |family: &Family| {
            family
                .text
                .bytes()
                .enumerate()
                .all(|(n, expected)| unit(n).is_some_and(|unit| lower(unit) == u16::from(expected)))
        };
        let Some((number, family)) = (0..).zip(&FAMILIES).find(|(_, family)| is_here(family)) else { return };
        let digit = |at| unit(at).and_then(|unit| char::from_u32(unit.into())).and_then(|c| c.to_digit(10));
        let (mut numbers, mut at) = (Vec::new(), family.text.len());
        while numbers.len() < LONGEST {
            let (start, mut value) = (at, 0u64);
            while let Some(digit) = digit(at) {
                value = value.saturating_mul(10).saturating_add(digit.into());
                at += 1;
            }
            let Ok(value) = u32::try_from(value) else { break };
            if at == start {
                break;
            }
            numbers.push(value);
            if unit(at) != Some(b'-'.into()) {
                break;
            }
            at += 1;
        }
        self.add(number, numbers);
    }

    /// Adds the binary SID at the start of `bytes`, if there is one.
    fn collect_binary(&mut self, bytes: &[u8]) {
        let Some((&[_, count], rest)) = bytes.split_first_chunk() else { return };
        let Some((head, rest)) = rest.split_first_chunk() else { return };
        let Some(number) = FAMILIES.iter().position(|family| family.binary == *head) else { return };
        let len = usize::from(count).saturating_sub(1).min(LONGEST);
        let (words, _) = rest.as_chunks();
        self.add(number, words.iter().take(len).map(|&word| u32::from_le_bytes(word)).collect());
    }

    fn add(&mut self, number: usize, numbers: Vec<u32>) {
        if FAMILIES.get(number).is_some_and(|family| numbers.len() >= family.domain) {
            self.found.insert((number, numbers));
        }
    }

    /// Returns the replacements, longer ones first. Domains are numbered from 1, and accounts that are not the same on
    /// all computers from 1001. SIDs that are replacements themselves are kept.
    pub(super) fn replacements(&self) -> Vec<Replacement> {
        let (mut accounts, mut domains) = (Vec::new(), Vec::new());
        for (number, family) in (0..).zip(&FAMILIES) {
            let of_family = self.found.iter().filter(|(of, _)| *of == number);
            let of_family = of_family.filter_map(|(_, numbers)| numbers.split_at_checked(family.domain));
            let is_replaced = |domain: &[u32]| domain.iter().rev().skip(1).all(|&number| number == 0);
            let used = of_family.clone().filter(|(domain, _)| is_replaced(domain));
            let mut last = used.filter_map(|(domain, _)| domain.last().copied()).max().unwrap_or(0);
            let (mut current, mut account) = (None, FIRST_ASSIGNED);
            for (domain, rest) in of_family.filter(|(domain, _)| !is_replaced(domain)) {
                let is_new = current != Some(domain);
                if is_new {
                    (current, account, last) = (Some(domain), FIRST_ASSIGNED, last.saturating_add(1));
                }
                let mut other: Vec<u32> = vec![0; domain.len().saturating_sub(1)];
                other.push(last);
                if is_new {
                    domains.push(family.replacement(domain, &other));
                }
                if let Some(&id) = rest.first() {
                    account = if id < FIRST_ASSIGNED { account } else { account.saturating_add(1) };
                    other.push(if id < FIRST_ASSIGNED { id } else { account });
                    accounts.push(family.replacement(&[domain, &[id]].concat(), &other));
                }
            }
        }
        accounts.sort_by_key(|account| std::cmp::Reverse(account.from.len()));
        domains.sort_by_key(|domain| std::cmp::Reverse(domain.from.len()));
        accounts.append(&mut domains);
        accounts
    }
}

impl Family {
    fn replacement(&self, from: &[u32], to: &[u32]) -> Replacement {
        let text = |numbers: &[u32]| {
            let numbers: Vec<_> = numbers.iter().map(u32::to_string).collect();
            format!("{}{}", self.text.to_ascii_uppercase(), numbers.join("-"))
        };
        // The binary form begins with the last byte of the authority. The bytes before it are zeros, and before these
        // is the number of subauthorities, which differs between the SIDs of a domain and its accounts.
        let binary = |numbers: &[u32]| {
            let head = self.binary.iter().copied().skip(5);
            head.chain(numbers.iter().flat_map(|number| number.to_le_bytes())).collect()
        };
        Replacement { from: text(from), to: text(to), from_binary: binary(from), to_binary: binary(to) }
    }
}
