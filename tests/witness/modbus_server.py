"""A Modbus TCP server of pymodbus with known registers; prints its process id and port."""
import os
import socket
import struct

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartTcpServer

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
holding = [0] * 200
holding[40:42] = struct.unpack(">HH", struct.pack(">f", 21.83))
slave = ModbusSlaveContext(
    hr=ModbusSequentialDataBlock(0, holding),
    ir=ModbusSequentialDataBlock(0, [0, 0, 0, 0xFFF9, 8, 0]),
    di=ModbusSequentialDataBlock(0, [False, False, True, False]),
    co=ModbusSequentialDataBlock(0, [False] * 10),
    zero_mode=True,
)
print(os.getpid(), port, flush=True)
StartTcpServer(context=ModbusServerContext(slaves={7: slave}, single=False), address=("127.0.0.1", port))
