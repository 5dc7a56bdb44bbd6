import pytest

import procmon_pml as pml


def test_conditions_are_and(log):
    names = log.filter(rules=["Process Name is updater.exe then Include"])
    assert {event.process_name for event in names} == {"updater.exe"}
    both = log.filter(rules=[pml.Rule("Process Name", "is", "updater.exe")], query="Result is not SUCCESS")
    again = names.filter(query="Result is not SUCCESS")
    assert [event.ordinal for event in both] == [event.ordinal for event in again]
    assert 0 < len(both) < len(names)


def test_a_filter_of_a_part(log):
    found = log[20:50].filter(query="Result is SUCCESS")
    assert [event.ordinal for event in found] == [event.ordinal for event in log[20:50] if event.result == "SUCCESS"]
    assert found[-1] == log[found[-1].ordinal] and len(found[1:3]) == 2


def test_configurations_as_filters(log, tmp_path):
    config = pml.Configuration()
    config.rules = ["Process Name is updater.exe then Include"]
    config.save(tmp_path / "x.pmc")
    config.save_filter(tmp_path / "x.pmf")
    counts = {len(log.filter(config=source)) for source in (config, tmp_path / "x.pmc", config.to_bytes())}
    counts.add(len(log.filter(config=tmp_path / "x.pmf")))
    assert counts == {sum(event.process_name == "updater.exe" for event in log)}


def test_invalid_conditions(log):
    with pytest.raises(TypeError):
        log.filter()
    with pytest.raises(pml.PmlError, match="did you mean|expected"):
        log.filter(query="Proces Name is x")
    with pytest.raises(pml.PmlError):
        log.filter(rules=["nonsense"])
    with pytest.raises(FileNotFoundError):
        log.filter(config="no such file.pmc")


def test_rules():
    rule = pml.Rule("path", "ends_with", ".dll", "exclude")
    assert (rule.column, rule.relation, rule.value, rule.action) == ("Path", "ends with", ".dll", "Exclude")
    assert str(rule) == "Path ends with .dll then Exclude" and pml.Rule.parse(str(rule)) == rule
    assert pml.Rule.from_codes(*rule.codes[:2], rule.value, rule.codes[2]) == rule
    assert hash(pml.Rule.parse(str(rule))) == hash(rule)
    quoted = pml.Rule("Path", "is", "it's \"x\"\n")
    assert eval(repr(quoted), {"Rule": pml.Rule}) == quoted
    with pytest.raises(pml.PmlError):
        pml.Rule("Path", "likes", "x")
