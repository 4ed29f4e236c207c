use super::*;

fn written(write: impl Fn(&mut String) -> fmt::Result) -> String {
    let mut out = String::new();
    write(&mut out).unwrap();
    out
}

#[test]
fn dates_as_text() {
    for (text, days) in [
        ("1970-01-01", 0),
        ("1969-12-31", -1),
        ("2020-02-03", 18_295),
        ("1960-01-01", -3_653),
        ("0000-01-01", -719_528),
        ("-0044-03-15", -735_525),
        ("9999-12-31", 2_932_896),
    ] {
        assert_eq!(parse_date(text), Some(days), "{text}");
        assert_eq!(written(|out| format_date(days, out)), text);
    }
    for wrong in [
        "2020-2-3",
        "20200203",
        "2020-02-30",
        "2020-02-03T10:00:00",
        "2020-02-03+0200",
        "2020-02-03-05",
        "2020-02-03+14:01",
        "2020-02-03 Z Z",
        "12020-02-03",
        "+2020-02-03",
        " 2020-02-03",
        "2020-W01-1",
        "02/03/2020",
        "--",
        "-",
        "",
        "２０２０-02-03",
        "2020-02-+3",
    ] {
        assert_eq!(parse_date(wrong), None, "{wrong}");
    }
    for zoned in ["2020-02-03Z", "2020-02-03+02:00", "2020-02-03-05:30", "2020-02-03 UTC"] {
        assert_eq!(parse_date(zoned), parse_date("2020-02-03"), "{zoned}");
    }
    assert_eq!(written(|out| format_date(i64::MAX, out)), "");
}

#[test]
fn times_as_text() {
    for (text, seconds, back) in [
        ("00:00:00", 0, "00:00"),
        ("10:00", 36_000, "10:00"),
        ("10:00:01", 36_001, "10:00:01"),
        ("23:59:59.999999999", 86_399, "23:59:59"),
        ("10:00:00.", 36_000, "10:00"),
    ] {
        assert_eq!(parse_time(text), Some(seconds), "{text}");
        assert_eq!(written(|out| format_time(seconds, out)), back);
    }
    for wrong in [
        "10",
        "1:00:00",
        "24:00:00",
        "10:00:60",
        "T10:00:00",
        "10:00:00,5",
        "10:00:00.5x",
        "10:00:00ZZ",
        "10:00:00Z+02:00",
        "10:00:00+2",
        "10:00:00+02:60",
        "10:00:00+15:00",
        "10:00:00+02:00:00",
        "10:00:00++02:00",
        "10:00:00  Z",
        "Z",
        "+02",
        "-",
        "１０:00:00",
    ] {
        assert_eq!(parse_time(wrong), None, "{wrong}");
    }
    // What a clock shows there.
    for zoned in [
        "10:00:01Z",
        "10:00:01 UTC",
        "10:00:01.5+02:00",
        "10:00:01-0530",
        "10:00:01+02",
        "10:00:01.12345678901 +14:00",
    ] {
        assert_eq!(parse_time(zoned), Some(36_001), "{zoned}");
    }
    assert_eq!(written(|out| format_time(-1, out)), "");
    assert_eq!(written(|out| format_time(i64::MAX, out)), "");
}

#[test]
fn dates_with_times_as_text() {
    assert_eq!(parse_date_time("1970-01-02T00:00:01"), Some(86_401));
    assert_eq!(parse_date_time("1969-12-31t23:59:59.7"), Some(-1));
    for same in [
        "1970-01-02 00:00:01",
        "1970-01-02T00:00:01Z",
        "1970-01-02 00:00:01+02:00",
        "1970-01-02 00:00:01.25 -0800",
        "1970-01-02 00:00:01 UTC",
    ] {
        assert_eq!(parse_date_time(same), Some(86_401), "{same}");
    }
    for wrong in [
        "2020-02-03",
        "2020-02-03 ",
        "2020-02-03T24:00:00",
        "2020-02-03  10:00:00",
        "2020-02-03T 10:00:00",
        "2020-02-03Z 10:00:00",
        "02/03/2020 10:00",
        "T",
        " ",
    ] {
        assert_eq!(parse_date_time(wrong), None, "{wrong}");
    }
    assert_eq!(written(|out| format_date_time(-1, out)), "1969-12-31T23:59:59");
    assert_eq!(written(|out| format_date_time(36_000, out)), "1970-01-01T10:00");
    assert_eq!(written(|out| format_date_time(i64::MIN, out)), "");
}

#[test]
fn durations_as_text() {
    for (text, seconds) in [
        ("10:00:01", 36_001),
        ("30:00:01", 108_001),
        ("-10:00:01", -36_001),
        ("1:00:00", 3_600),
        ("100:00:00", 360_000),
        ("-10:00:01.7", -36_001),
        ("30:00:01Z", 108_001),
    ] {
        assert_eq!(parse_time_seconds(text), Some(seconds), "{text}");
    }
    for wrong in ["10:00", "10:60:00", "10:00:60", "10:00:00.x", ":00:00", ""] {
        assert_eq!(parse_time_seconds(wrong), None, "{wrong}");
    }
}

#[test]
fn epochs() {
    for year in [0, 1960, 1970, 1980, 1990, 2000, 2010, 2020] {
        let epoch = Epoch::from_year(year).unwrap();
        assert_eq!(days_since_year(epoch.days(), year), Some(0));
        assert_eq!(epoch.date(epoch.days_since(12_345)), 12_345);
        assert_eq!(epoch.date_time(epoch.seconds_since(12_345)), 12_345);
    }
    assert_eq!(Epoch::from_year(1971), None);
    assert_eq!(Epoch::Year1960.days_since(parse_date("2020-01-01").unwrap()), 21_915);
    assert_eq!(Epoch::Year1960.seconds_since(parse_date_time("1960-01-05T01:00:00").unwrap()), 349_200);
    assert_eq!(Epoch::Year0.days_since(i64::MAX), i64::MAX);
}

#[test]
fn functions_of_dates() {
    let date = |text| parse_date(text).unwrap();
    let date_time = |text| parse_date_time(text).unwrap();
    assert_eq!(days_since_year(date("1960-01-03"), 1960), Some(2));
    assert_eq!(days_since_year(date("1950-01-03"), 1960), Some(-3650));
    assert_eq!(days_since_year(date("1960-01-03"), 0), Some(715_877));
    assert_eq!(days_since_year(0, i64::MAX), None);
    assert_eq!(seconds_since_year(date_time("1960-01-03T03:30:03"), 1960), Some(185_403));
    assert_eq!(seconds_since_year(date_time("1959-12-31T23:59:59"), 1960), Some(-1));
    assert_eq!(seconds_since_midnight(date_time("1960-01-03T05:23:30")), 19_410);
}

#[test]
fn dates_by_pattern() {
    let date = parse_date("2020-02-03").unwrap();
    for (pattern, expected) in [
        ("%Y-%m-%d", "2020-02-03"),
        ("%m/%d/%y", "02/03/20"),
        ("%D", "02/03/20"),
        ("%F", "2020-02-03"),
        ("%j", "034"),
        ("%a %A %b %B %h", "Mon Monday Feb February Feb"),
        ("100%%", "100%"),
        ("%u %w %G-%V", "1 1 2020-06"),
    ] {
        assert_eq!(format_date_as(pattern, date).as_deref(), Some(expected), "{pattern}");
    }
    assert_eq!(format_date_as("%H", date), None);
    assert_eq!(format_date_as("%", date), None);
    assert_eq!(format_date_as("%Y", i64::MAX), None);
    let date_time = parse_date_time("2020-02-03T14:05:06").unwrap();
    for (pattern, expected) in
        [("%H:%M:%S", "14:05:06"), ("%I %p", "02 PM"), ("%T", "14:05:06"), ("%R", "14:05"), ("%C", "20")]
    {
        assert_eq!(format_date_time_as(pattern, date_time).as_deref(), Some(expected), "{pattern}");
    }
    assert_eq!(format_time_as("%H:%M", 3600).as_deref(), Some("01:00"));
    assert_eq!(format_time_as("%d", 3600), None);
}
