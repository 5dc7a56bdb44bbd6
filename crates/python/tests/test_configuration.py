import io
from pathlib import Path

import pytest

import procmon_pml as pml


def test_every_option_can_be_set_to_its_value():
    config = pml.Configuration()
    assert len(config) == 24 and list(config) == config.keys()
    copy = pml.Configuration()
    for name, value in config.items():
        copy[name] = value
        assert copy[name] == value
    assert copy == config and copy.to_bytes() == config.to_bytes()


def test_changes():
    config = pml.Configuration()
    config["DestructiveFilter"] = True
    config["HistoryDepth"] = 200
    config["Logfile"] = "C:\\log.pml"
    config["HighlightFG"] = "#ff0000"
    config["LogFont"] = {"face": "Consolas", "height": -13}
    config["ColumnMap"] = ["PID", "Path"]
    config["Unknown"] = b"\x01\x02"
    config.add_rules([pml.Rule("PID", "is", "4")])
    again = pml.load_configuration(io.BytesIO(config.to_bytes()))
    assert again == config and again["Unknown"] == b"\x01\x02" and again["LogFont"]["face"] == "Consolas"
    assert again["LogFont"]["weight"] == 400 and again["ColumnMap"] == ["PID", "Path"]
    assert again.rules[0] == pml.Rule("PID", "is", "4") and again["FilterRules"] == again.rules
    del again["Unknown"]
    assert "Unknown" not in again and again.get("Unknown", 5) == 5
    with pytest.raises(KeyError):
        again["Unknown"]
    with pytest.raises(KeyError):
        del again["Unknown"]
    with pytest.raises(TypeError):
        again["HistoryDepth"] = "many"
    with pytest.raises(TypeError):
        again["Unknown"] = 5


def test_files(tmp_path):
    path = tmp_path / "x.pmc"
    pml.dump_configuration(pml.Configuration(), path)
    assert pml.load_configuration(path) == pml.Configuration() and list(Path(tmp_path).iterdir()) == [path]
    with pytest.raises(FileNotFoundError):
        pml.load_configuration(tmp_path / "none.pmc")
    with pytest.raises(pml.PmlError) as error:
        pml.load_configuration(pml.Configuration().to_bytes()[:800])
    assert error.value.option == "LogFont" and error.value.offset is not None
    assert len(pml.Configuration.empty()) == 0 and "Option" in pml.Configuration()._repr_html_()
