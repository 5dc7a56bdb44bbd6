import pytest

import procmon_pml as pml


def test_tree(log):
    tree = log.tree()
    assert len(tree) == len(list(tree)) > 1
    for node in tree:
        assert node.depth == (0 if node.parent is None else node.parent.depth + 1)
        assert all(child.parent is node for child in node.children)
        assert str(node.process) in str(node)
    assert [node for root in tree.roots for node in root] == list(tree)
    html = tree._repr_html_()
    assert html.count("<ul>") == html.count("</ul>") and html.count("<li>") == len(tree)


@pytest.mark.parametrize("kind", ["processes", "files", "registry", "network"])
def test_sums(log, kind):
    table = log.summary(kind)
    assert len(table) > 0 and table.total["events"] == sum(row["events"] for row in table)
    assert len(log.summary(kind, limit=1)) == 1
    counts = [row["events"] for row in table]
    assert counts == sorted(counts, reverse=True) and table._repr_html_().startswith("<table>")


def test_sums_of_parts(log):
    assert log[:0].summary("files").rows == []
    assert len(log.summary("folders")) > 0 and len(log.summary("extensions")) > 0
    with pytest.raises(ValueError, match="kind"):
        log.summary("weather")


def test_call_tree(log):
    table = log.summary("stacks")
    everything, *rows = table
    assert everything["kind"] == "all" and everything["depth"] == 0
    assert everything["count"] == table.total["events"] == len(log)
    assert sum(row["count"] for row in rows if row["depth"] == 1) == everything["count"]
    assert sum(row["self_count"] for row in rows) == everything["count"]
    assert {row["kind"] for row in rows} == {"process", "frame"}
    assert len(log.summary("stacks", limit=3)) == 3


def test_cross_reference(log, tmp_path):
    table = log.summary("xref")
    assert table.others is None and table.total == {}
    for row in table:
        users = {(user["name"], user["pid"]) for user in row["writers"] + row["readers"]}
        assert row["path"] and row["writers"] and len(users) > 1
        assert users <= {(event.process_name, event.pid) for event in log if event.path.lower() == row["path"].lower()}


def test_counts(log):
    counts = log.count("Operation")
    expected = {}
    for event in log:
        expected[event.operation] = expected.get(event.operation, 0) + 1
    assert counts == expected and list(counts.values()) == sorted(counts.values(), reverse=True)
    assert sum(log[3:9].count(pml.Column.RESULT).values()) == 6


def test_a_table_as_a_frame(log):
    pytest.importorskip("pandas")
    table = log.summary("files")
    assert list(table.to_pandas().columns) == table.columns
