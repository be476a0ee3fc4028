"""Sets a calibrator on a serial line through PyVISA (pyvisa-py, pyserial) and prints what it answers.

usage: calibrator_on_serial_line.py DEVICE VOLTS
"""
import sys
import time

import pyvisa

device, volts = sys.argv[1:]
calibrator = pyvisa.ResourceManager("@py").open_resource(
    f"ASRL{device}::INSTR", baud_rate=9600, write_termination="\n", read_termination="\r\n", timeout=5000)
print("identity", calibrator.query("*IDN?"))
calibrator.write("REMOTE")
calibrator.write(f"OUT {volts} V, 0 HZ")
print("before", calibrator.query("ISR?"))
calibrator.write("OPER")
print("operating", calibrator.query("ISR?"))
deadline = time.monotonic() + 10
while not int(calibrator.query("ISR?")) & 4096:
    if time.monotonic() > deadline:
        sys.exit("the output did not settle in 10 s")
    time.sleep(0.01)
print("settled", calibrator.query("ISR?"))
print("output", calibrator.query("OUT?"))
print("error", calibrator.query("ERR?"))
calibrator.write("STBY")
print("standby", calibrator.query("ISR?"))
