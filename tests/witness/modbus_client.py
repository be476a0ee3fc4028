"""pymodbus reads and writes the simulated Modbus server: modbus_client.py tcp PORT | rtu DEVICE."""
import struct
import sys

from pymodbus.client import ModbusSerialClient, ModbusTcpClient

if sys.argv[1] == "tcp":
    client = ModbusTcpClient("127.0.0.1", port=int(sys.argv[2]), timeout=20)
else:
    client = ModbusSerialClient(sys.argv[2], baudrate=9600, timeout=20)
assert client.connect()
words = client.read_holding_registers(40, 2, slave=7).registers
print("float %.7g" % struct.unpack(">f", struct.pack(">HH", *words)))
print("inputs", *client.read_input_registers(3, 2, slave=7).registers)
words = struct.unpack(">HH", struct.pack(">f", 100.5))
assert not client.write_registers(10, list(words), slave=7).isError()
assert not client.write_coil(5, True, slave=7).isError()
print("coil", client.read_coils(5, 1, slave=7).bits[0])
print("unknown exception", client.read_holding_registers(4000, 1, slave=7).exception_code)
client.close()
