% Sets a calibrator on a serial line through Octave's instrument-control package and prints what it answers.
% usage: octave-cli calibrator_on_serial_line.m DEVICE VOLTS
pkg load instrument-control
arguments = argv();
line = serialport(arguments{1}, 9600);
configureTerminator(line, "cr/lf", "lf");
set(line, "timeout", 20);
function reply = ask(line, message)
  writeline(line, message);
  reply = strtrim(readline(line));
end
printf("identity %s\n", ask(line, "*IDN?"));
writeline(line, "REMOTE");
writeline(line, ["OUT " arguments{2} " V, 0 HZ"]);
writeline(line, "OPER");
printf("operating %s\n", ask(line, "ISR?"));
printf("output %s\n", ask(line, "OUT?"));
writeline(line, "STBY");
printf("standby %s\n", ask(line, "ISR?"));
