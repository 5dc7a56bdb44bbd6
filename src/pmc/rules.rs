//! Encoding and decoding of lists of rules, as configurations and saved filters store them.
//!
//! ```text
//! u8 lead, u32 count | u32 column, u32 relation, u8 action, u32 value_size, value, i64 number | ...
//! ```
//!
//! A value is UTF-16LE with a NUL; an empty value has no bytes. Procmon also reads values without a NUL, with an odd
//! number of bytes, and with more bytes after the NUL. To keep such bytes, [`encode`] copies the records of unchanged
//! rules from the previous list.

use std::collections::HashMap;

use binrw::{BinRead, BinWrite, binrw};

use crate::code::{Action, Column, Relation};
use crate::error::{Error, Result};
use crate::filter::{Filter, Rule};
use crate::wire::PmlStr;
use crate::wire::cursor::Cursor;

/// The byte before the count. Procmon writes 1, and ignores the byte when it reads a list.
const LEAD: u8 = 1;

/// A list without rules.
pub(super) const EMPTY: &[u8] = &[LEAD, 0, 0, 0, 0];

/// The head of a rule. The value and the number follow it.
#[binrw]
#[brw(little)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RuleHead {
    #[br(map = Column)]
    #[bw(map = |column| column.0)]
    column: Column,
    #[br(map = Relation)]
    #[bw(map = |relation| relation.0)]
    relation: Relation,
    #[br(map = Action)]
    #[bw(map = |action| action.0)]
    action: Action,
    value_size: u32,
}

impl RuleHead {
    const SIZE: usize = 13;
}

/// The size of a rule with an empty value, in bytes.
const MIN_SIZE: usize = RuleHead::SIZE + size_of::<i64>();

/// A list of rules with the bytes that store it.
#[derive(Debug)]
struct RuleList<'b> {
    /// `None` in a list without bytes.
    lead: Option<u8>,
    /// Each rule with its record.
    rules: Vec<(Rule, &'b [u8])>,
    /// Bytes after the last rule, which Procmon ignores.
    trailing: &'b [u8],
}

impl<'b> RuleList<'b> {
    fn parse(bytes: &'b [u8], offset: u64) -> Result<Self> {
        if bytes.is_empty() {
            return Ok(Self { lead: None, rules: Vec::new(), trailing: bytes });
        }
        let mut cursor = Cursor::new(bytes, offset);
        let lead = Some(cursor.read::<u8>("rules.lead")?);
        let count = cursor.read::<u32>("rules.count")?;
        if count as usize > cursor.rest().len() / MIN_SIZE {
            let expected = "at most as many rules as fit in the list";
            return Err(Error::bad_value(offset + 1, "rules.count", count.into(), expected));
        }
        let rules = (0..count).map(|_| parse_rule(&mut cursor)).collect::<Result<_>>()?;
        Ok(Self { lead, rules, trailing: cursor.rest() })
    }
}

/// Decodes a list of rules; `offset` is its offset in the file.
///
/// # Errors
/// If the list has fewer rules than its count, or if the last rule is truncated. Procmon then reads past the end of the
/// value, and crashes or hangs.
pub(super) fn parse(bytes: &[u8], offset: u64) -> Result<Filter> {
    Ok(RuleList::parse(bytes, offset)?.rules.into_iter().map(|(rule, _)| rule).collect())
}

/// Encodes a list of rules, based on the bytes of a previous list: rules of the previous list keep their bytes, and so
/// do the lead byte and the bytes after the last rule.
pub(super) fn encode(filter: &Filter, previous: &[u8]) -> Vec<u8> {
    let previous = RuleList::parse(previous, 0);
    let previous = previous.unwrap_or(RuleList { lead: Some(LEAD), rules: Vec::new(), trailing: &[] });
    let Some(lead) = previous.lead.or_else(|| (!filter.is_empty()).then_some(LEAD)) else { return Vec::new() };
    let mut bytes = vec![lead];
    bytes.extend_from_slice(&u32::try_from(filter.len()).unwrap_or(u32::MAX).to_le_bytes());
    // The records of each rule, last one first.
    let mut records = HashMap::<Rule, Vec<&[u8]>>::new();
    for (rule, record) in previous.rules.into_iter().rev() {
        records.entry(rule).or_default().push(record);
    }
    for rule in filter {
        match records.get_mut(rule).and_then(Vec::pop) {
            Some(record) => bytes.extend_from_slice(record),
            None => encode_rule(rule, &mut bytes),
        }
    }
    bytes.extend_from_slice(previous.trailing);
    bytes
}

/// Returns the next rule and its record.
fn parse_rule<'b>(cursor: &mut Cursor<'b>) -> Result<(Rule, &'b [u8])> {
    let start = cursor.rest();
    let mut head = std::io::Cursor::new(cursor.bytes(RuleHead::SIZE, "rule.head")?);
    let head = RuleHead::read_le(&mut head).map_err(|_| Error::truncated(0, "rule.head", 13, 0))?;
    let value = PmlStr::utf16(cursor.bytes(head.value_size as usize, "rule.value")?);
    let number = cursor.read::<u64>("rule.number")?.cast_signed();
    let rule = Rule::without_number(head.column, head.relation, value.units(), head.action).with_number(number);
    let record = start.get(..start.len() - cursor.rest().len()).unwrap_or_default();
    Ok((rule, record))
}

/// Appends the record that Procmon would write.
fn encode_rule(rule: &Rule, bytes: &mut Vec<u8>) {
    let units = rule.value_units();
    let nul: &[u16] = if units.is_empty() { &[] } else { &[0] };
    let value: Vec<u8> = units.iter().chain(nul).copied().flat_map(u16::to_le_bytes).collect();
    let value_size = u32::try_from(value.len()).unwrap_or(u32::MAX);
    let head = RuleHead { column: rule.column(), relation: rule.relation(), action: rule.action(), value_size };
    let mut out = std::io::Cursor::new(Vec::with_capacity(RuleHead::SIZE));
    // Writing into memory does not fail.
    let _ = head.write_le(&mut out);
    bytes.extend(out.into_inner());
    bytes.extend(value);
    bytes.extend_from_slice(&rule.number().to_le_bytes());
}
