"""Reads a multimeter over VXI-11 through PyVISA (pyvisa-py) and prints what it answers.

usage: meter_over_vxi11.py RESOURCE
"""
import sys

import pyvisa

meter = pyvisa.ResourceManager("@py").open_resource(sys.argv[1], timeout=20000)
meter.write_termination = "\n"
meter.read_termination = "\n"
print("identity", meter.query("*IDN?"))
meter.write("CONF:VOLT:DC 10")
print("range", meter.query_ascii_values("VOLT:DC:RANG?")[0])
print("reading", meter.query_ascii_values("READ?")[0])
meter.write("VOLT:DC:NONSENSE 1")
print("status", meter.read_stb())
print("error", meter.query("SYST:ERR?"))
meter.clear()
print("cleared", meter.query("*IDN?"))
