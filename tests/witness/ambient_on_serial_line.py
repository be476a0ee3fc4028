"""Reads an ambient logger on a serial line with pyserial and prints what it answers.

usage: ambient_on_serial_line.py DEVICE
"""
import sys

import serial

with serial.Serial(sys.argv[1], 9600, timeout=3) as line:
    line.write(b"SMODE STOP\r")
    print("mode", line.read_until(b"\r\n").decode().strip())
    line.write(b"?\r")
    for _ in range(40):
        text = line.read_until(b"\r\n").decode().strip()
        if text.startswith("Serial number"):
            print("serial", text.split(":")[1].strip())
        if text.startswith("Module 2"):
            break
    line.write(b"SEND\r")
    print("ambient", line.read_until(b"\r\n").decode().strip())
