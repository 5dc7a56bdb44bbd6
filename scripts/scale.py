#!/usr/bin/env python3
"""Measures the conversion of many logs to Parquet, and five queries of the result in three engines.

    scripts/scale.py [--logs 10] [--events 20000] [--spark local[2] --spark local-cluster[2,1,2048]] [--folder FOLDER]

crates/procmon-arrow/examples/make_lab.rs generates the logs. The conversion is killed in the middle and started again.
DuckDB, Polars and each master of Spark must return equal results. Prints the tables of docs/SCALE.md.

Needs release builds (cargo build --release -p procmon-cli; cargo build --release -p procmon-arrow --example make_lab),
Java 17 for Spark, and PyPI; the libraries are installed into a virtual environment, which is kept.
"""

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["duckdb", "numpy", "pandas", "polars", "pyarrow", "pyspark"]


def enter_venv(folder):
    """Creates a virtual environment with the libraries if necessary, and restarts the script in it."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    if subprocess.run([python, "-c", "import " + ", ".join(PACKAGES)], capture_output=True).returncode:
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    if Path(sys.prefix).resolve() != folder.resolve():
        os.execv(python, [python, *sys.argv])


# The queries for DuckDB and Spark. {us} is the function that converts a time to microseconds since 1970.
QUESTIONS = {
    "top writers by image": """
        select image_path, sum(bytes_transferred) as bytes, count(*) as writes from events
        where operation = 'WriteFile' group by image_path order by bytes desc, image_path limit 10""",
    "DLL paths of one capture only": """
        select lower(path) as dll, min(log) as log from events
        where operation = 'CreateFile' and lower(path) like '%.dll'
        group by lower(path) having count(distinct log) = 1 order by dll""",
    "autostart values, first seen": """
        select path, {us}(min(time)) as first_seen, count(distinct log) as captures from events
        where operation = 'RegSetValue' and path like '%_CurrentVersion_Run_%' group by path order by path""",
    "upper quartile of CreateFile by folder": """
        select regexp_extract(path, '^.*[^A-Za-z0-9 ._:-]', 0) as folder, count(*) as calls,
        percentile_disc(0.75) within group (order by duration_ns) as quartile from events
        where operation = 'CreateFile' group by 1 order by folder""",
    "operations by user and integrity": """
        select p.user as name, p.integrity as level, e.operation as operation, count(*) as calls,
        sum(e.duration_ns) as duration from events e join processes p
        on e.log = p.log and e.process_key = p.process_key group by 1, 2, 3 order by 1, 2, 3""",
}


class DuckDb:
    name = "DuckDB"

    def __init__(self, lake):
        import duckdb

        self.connection = duckdb.connect()
        self.connection.execute("set threads = 2")
        for table in ["events", "processes"]:
            self.connection.execute(
                f"create view {table} as from read_parquet('{lake}/{table}/**/*.parquet', hive_partitioning = true)"
            )

    def ask(self, question):
        return self.connection.execute(QUESTIONS[question].format(us="epoch_us")).fetchall()

    def close(self):
        self.connection.close()


class Polars:
    name = "Polars"

    def __init__(self, lake):
        import polars

        self.pl = polars
        scan = lambda table: polars.scan_parquet(f"{lake}/{table}/**/*.parquet", hive_partitioning=True)
        self.events, self.processes = scan("events"), scan("processes")
        text = polars.selectors.categorical() if hasattr(polars, "selectors") else None
        if text is not None:
            self.events, self.processes = (
                frame.with_columns(text.cast(polars.String)) for frame in (self.events, self.processes)
            )

    def ask(self, question):
        c, pl = self.pl.col, self.pl
        events = self.events
        of = lambda operation: events.filter(c("operation") == operation)
        frame = {
            "top writers by image": lambda: of("WriteFile")
            .group_by("image_path")
            .agg(c("bytes_transferred").sum().alias("bytes"), pl.len().alias("writes"))
            .sort(["bytes", "image_path"], descending=[True, False])
            .head(10),
            "DLL paths of one capture only": lambda: of("CreateFile")
            .with_columns(c("path").str.to_lowercase().alias("dll"))
            .filter(c("dll").str.ends_with(".dll"))
            .group_by("dll")
            .agg(c("log").min(), c("log").n_unique().alias("logs"))
            .filter(c("logs") == 1)
            .select("dll", "log")
            .sort("dll"),
            "autostart values, first seen": lambda: of("RegSetValue")
            .filter(c("path").str.contains(".CurrentVersion.Run."))
            .group_by("path")
            .agg(c("time").min().dt.timestamp("us").alias("first_seen"), c("log").n_unique().alias("captures"))
            .sort("path"),
            "upper quartile of CreateFile by folder": lambda: of("CreateFile")
            .with_columns(c("path").str.extract(r"^(.*[^A-Za-z0-9 ._:-])", 1).alias("folder"))
            .group_by("folder")
            .agg(
                pl.len().alias("calls"),
                c("duration_ns").sort().get(((3 * pl.len() + 3) // 4 - 1).cast(pl.Int64)).alias("quartile"),
            )
            .sort("folder"),
            "operations by user and integrity": lambda: events.select("log", "process_key", "operation", "duration_ns")
            .join(self.processes.select("log", "process_key", "user", "integrity"), on=["log", "process_key"])
            .group_by("user", "integrity", "operation")
            .agg(pl.len().alias("calls"), c("duration_ns").sum().alias("duration"))
            .sort("user", "integrity", "operation"),
        }[question]()
        return frame.collect(engine="streaming").rows()

    def close(self):
        pass


class Spark:
    def __init__(self, lake, master):
        import pyspark
        from pyspark.sql import SparkSession

        os.environ.setdefault("SPARK_HOME", str(Path(pyspark.__file__).parent))
        os.environ["PYSPARK_PYTHON"] = sys.executable
        self.name = f"Spark {master}"
        self.session = (
            SparkSession.builder.master(master)
            .config("spark.ui.enabled", "false")
            .config("spark.driver.memory", "2g")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.shuffle.partitions", "4")
            .getOrCreate()
        )
        self.session.sparkContext.setLogLevel("ERROR")
        for table in ["events", "processes"]:
            self.session.read.parquet(f"{lake}/{table}").createOrReplaceTempView(table)

    def ask(self, question):
        rows = self.session.sql(QUESTIONS[question].format(us="unix_micros")).collect()
        return [tuple(row) for row in rows]

    def close(self):
        self.session.stop()


def plain(rows):
    """Converts all numbers in rows to int, because the engines return sums of different types."""
    number = lambda value: value if value is None or isinstance(value, str) else int(value)
    return [tuple(map(number, row)) for row in rows]


def size(folder, suffix):
    files = list(folder.rglob("*" + suffix))
    return len(files), sum(file.stat().st_size for file in files)


def convert(pml, logs, lake):
    """Converts the logs in two runs; the first one is killed. Returns the total seconds and the maximum memory in KiB."""
    # Without --single-file, capture-1.pml would be a part of the capture.pml next to it.
    files = sorted(logs.glob("*.pml"))
    command = [pml, "export", *files, "--single-file", "-o", lake, "--partition-by", "computer,date"]
    command += ["--tables", "--timestamps", "us"]
    total = len(files)
    start = time.time()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while process.poll() is None and size(lake / "events", ".parquet")[0] < total // 2:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before, _ = size(lake / "events", ".parquet") if lake.exists() else (0, 0)
    second = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=True)
    seconds = time.time() - start
    print("Killed with", before, "files of events; then:", second.stderr.strip().splitlines()[-1])
    assert f"{before} were complete already" in second.stderr, second.stderr
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--logs", type=int, default=10)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--spark", action="append", help="a master of Spark; can be repeated")
    parser.add_argument("--no-spark", action="store_true")
    parser.add_argument("--folder", type=Path, default=ROOT / "target" / "scale")
    parser.add_argument("--target", type=Path, default=ROOT / "target" / "release")
    parser.add_argument("--venv", type=Path, default=ROOT / "target" / "columns-venv")
    args = parser.parse_args()
    enter_venv(args.venv)
    logs, lake = args.folder / "logs", args.folder / "lake"
    shutil.rmtree(args.folder, ignore_errors=True)
    start = time.time()
    subprocess.run([args.target / "examples" / "make_lab", logs, str(args.logs), str(args.events)], check=True)
    made = time.time() - start
    seconds, memory = convert(args.target / "pml", logs, lake)
    (_, of_logs), (files, of_events) = size(logs, ".pml"), size(lake / "events", ".parquet")
    assert files == args.logs, files
    events = args.logs * args.events
    print(f"{args.logs} logs, {events} events: made in {made:.1f} s, converted in {seconds:.1f} s, {memory >> 10} MiB")
    print(f"PML {of_logs} bytes, Parquet {of_events} bytes ({of_events / events:.1f} an event)\n")
    masters = [] if args.no_spark else args.spark or ["local[2]", "local-cluster[2,1,2048]"]
    engines = [DuckDb, Polars, *(lambda lake, master=master: Spark(lake, master) for master in masters)]
    times, answers = {}, {}
    for engine in engines:
        start = time.time()
        engine = engine(lake)
        times[engine.name] = {"start": time.time() - start}
        for question in QUESTIONS:
            start = time.time()
            rows = plain(engine.ask(question))
            times[engine.name][question] = time.time() - start
            assert rows, question
            assert answers.setdefault(question, rows) == rows, (engine.name, question, rows[:3], answers[question][:3])
        engine.close()
    print("| Seconds |", " | ".join(times), "|")
    print("|---|" + "---:|" * len(times))
    for row in ["start", *QUESTIONS]:
        print(f"| {row} |", " | ".join(f"{of[row]:.2f}" for of in times.values()), "|")
    print(f"\n{len(QUESTIONS) * len(times)} passed, 0 failed")


if __name__ == "__main__":
    main()
