//! Rebuilds columns from the object of an event.

use chrono::NaiveDateTime;
use procmon_parser::Column;
use serde_json::Value;

/// Returns the complete text of a column, with times in UTC.
pub(crate) fn text(event: &Value, column: Column) -> String {
    let process = |key: &str| of_process(&event["process"], key);
    match column {
        Column::TIME_OF_DAY => time_of_day(number(&event["filetime"])),
        Column::DATE_AND_TIME => date_and_time(number(&event["filetime"])),
        Column::RELATIVE_TIME => relative(number(&event["relative_time"])),
        Column::DURATION => event["duration"].as_u64().map(seconds).unwrap_or_default(),
        Column::COMPLETION_TIME => {
            let end = event["duration"].as_u64().map(|duration| number(&event["filetime"]).wrapping_add(duration));
            end.map(time_of_day).unwrap_or_default()
        }
        Column::OPERATION => plain(&event["operation"]),
        Column::EVENT_CLASS => plain(&event["class"]),
        Column::RESULT => plain(&event["result"]),
        Column::CATEGORY => plain(&event["category"]),
        Column::PATH => plain(&event["path"]),
        Column::DETAIL => plain(&event["detail_text"]),
        Column::SEQUENCE => "n/a".to_owned(),
        Column::TID => number(&event["thread_id"]).to_string(),
        Column::PROCESS_NAME => process("name"),
        Column::IMAGE_PATH => process("image_path"),
        Column::COMMAND_LINE => process("command_line"),
        Column::COMPANY => process("company"),
        Column::DESCRIPTION => process("description"),
        Column::VERSION => process("version"),
        Column::USER => process("user"),
        Column::INTEGRITY => process("integrity"),
        Column::PID => event["process"]["pid"].as_u64().unwrap_or(0).to_string(),
        Column::PARENT_PID => event["process"]["parent_pid"].as_u64().unwrap_or(0).to_string(),
        Column::SESSION => {
            let session = event["process"]["session"].as_u64().unwrap_or(0);
            u32::try_from(session).unwrap().cast_signed().to_string()
        }
        Column::AUTHENTICATION_ID => {
            let luid = event["process"]["authentication_id"].as_u64().unwrap_or(0);
            format!("{:08x}:{:08x}", luid >> 32, luid & 0xFFFF_FFFF)
        }
        Column::VIRTUALIZED => match (&event["process"], &event["process"]["is_virtualized"]) {
            (Value::Null, _) => "False".to_owned(),
            (_, Value::Null) => "n/a".to_owned(),
            (_, value) => truth(value),
        },
        Column::ARCHITECTURE => if event["process"]["is_64bit"] == true { "64-bit" } else { "32-bit" }.to_owned(),
        Column::PROCESS_START => event["process"]["start_time"].as_str().map(date_of_iso).unwrap_or_default(),
        Column::HIGH_RESOLUTION_PROCESS_START => {
            event["process"]["start_time"].as_str().map(exact_date_of_iso).unwrap_or_default()
        }
        other => panic!("no column {other}"),
    }
}

fn of_process(process: &Value, key: &str) -> String {
    if process.is_null() { String::new() } else { visible(process[key].as_str().unwrap()) }
}

fn plain(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("expected a number: {value}"))
}

pub(crate) fn truth(value: &Value) -> String {
    if value.as_bool().unwrap() { "True" } else { "False" }.to_owned()
}

/// Replaces NUL with a visible character.
pub(crate) fn visible(text: &str) -> String {
    text.replace('\0', "\u{2400}")
}

/// Converts a FILETIME to a date and time, or to a signed number if it is out of the range of Windows.
fn calendar(filetime: u64) -> Result<NaiveDateTime, String> {
    let seconds = i64::try_from(filetime).map_err(|_| filetime.cast_signed().to_string())? / 10_000_000;
    let seconds = chrono::DateTime::from_timestamp(seconds - 11_644_473_600, 0);
    Ok(seconds.unwrap().naive_utc())
}

fn time_of_day(filetime: u64) -> String {
    calendar(filetime).map_or_else(
        |number| number,
        |time| time.format(&format!("%-I:%M:%S.{:07} %p", filetime % 10_000_000)).to_string(),
    )
}

pub(crate) fn date_and_time(filetime: u64) -> String {
    calendar(filetime).map_or_else(
        |number| number,
        |time| {
            format!("{}/{}", time.format("%-m/%-d"), time.format("%Y %-I:%M:%S %p").to_string().trim_start_matches('+'))
        },
    )
}

/// Formats an ISO 8601 time like [`date_and_time`].
pub(crate) fn date_of_iso(text: &str) -> String {
    date_and_time(filetime_of_iso(text))
}

/// Formats an ISO 8601 time like [`date_of_iso`], with the decimals of the second.
fn exact_date_of_iso(text: &str) -> String {
    let filetime = filetime_of_iso(text);
    match calendar(filetime) {
        Ok(_) => format!("{} {}", date_and_time(filetime).split(' ').next().unwrap(), time_of_day(filetime)),
        Err(number) => number,
    }
}

fn filetime_of_iso(text: &str) -> u64 {
    text.parse().unwrap_or_else(|_| {
        let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.fZ").unwrap().and_utc();
        let ticks = (time.timestamp() + 11_644_473_600) * 10_000_000 + i64::from(time.timestamp_subsec_nanos()) / 100;
        u64::try_from(ticks).unwrap()
    })
}

fn relative(ticks: u64) -> String {
    let seconds = ticks / 10_000_000;
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{rest:02}.{:07}", ticks % 10_000_000)
}

#[allow(clippy::cast_precision_loss, reason = "Procmon computes with doubles as well")]
pub(crate) fn seconds(ticks: u64) -> String {
    format!("{:.7}", ticks as f64 / 1e7)
}
