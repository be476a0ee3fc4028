"""Reads a multimeter on a TCP socket through PyVISA (pyvisa-py) and prints what it answers.

usage: meter_on_socket.py RESOURCE
"""
import sys

import pyvisa

meter = pyvisa.ResourceManager("@py").open_resource(
    sys.argv[1], write_termination="\n", read_termination="\n", timeout=5000)
print("identity", meter.query("*IDN?"))
meter.write("CONF:VOLT:DC 10")
meter.write("VOLT:DC:NPLC 1")
print("range", meter.query_ascii_values("VOLT:DC:RANG?")[0])
print("nplc", meter.query_ascii_values("VOLT:DC:NPLC?")[0])
print("reading", meter.query_ascii_values("READ?")[0])
meter.write("VOLT:DC:NONSENSE 1")
print("error", meter.query("SYST:ERR?"))
print("error", meter.query("SYST:ERR?"))
