"""The interface of ``procmon_parser`` 0.4.0, implemented with ``procmon_pml``.

A program that uses ``procmon_parser`` only needs a different import::

    import procmon_pml.compat as procmon_parser
    from procmon_pml.compat import ProcmonLogsReader, load_configuration, Rule

Attributes have the names, types and values of ``procmon_parser``. Where its values differ from those of Procmon, this
package returns those of Procmon; ``crates/python/tests/compat_differences.tsv`` lists the differences. Reads logs of
the format versions 4 to 9.
"""

from __future__ import annotations

from . import configuration, configuration_format, consts, logs, stream_logs_format
from .configuration import Font, Rule
from .configuration_format import dump_configuration, dumps_configuration, load_configuration, loads_configuration
from .consts import Column, RuleAction, RuleRelation
from .logs import Event, Module, PMLError, PMLStructReader, Process
from .stream_logs_format import PMLStreamReader, ProcmonLogsReader, read_all_events_from_pml

__all__ = [
    "Column",
    "Event",
    "Font",
    "Module",
    "PMLError",
    "PMLStreamReader",
    "PMLStructReader",
    "Process",
    "ProcmonLogsReader",
    "Rule",
    "RuleAction",
    "RuleRelation",
    "configuration",
    "configuration_format",
    "consts",
    "dump_configuration",
    "dumps_configuration",
    "load_configuration",
    "loads_configuration",
    "logs",
    "read_all_events_from_pml",
    "stream_logs_format",
]
