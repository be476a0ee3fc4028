% Sets a calibrator on a serial line through Octave's instrument-control package and prints what it answers.
% usage: octave-cli calibrator_on_serial_line.m DEVICE VOLTS
pkg load instrument-control
crash_dumps_octave_core(false);  % no octave-workspace where the test runs when it is ended
sigterm_dumps_octave_core(false);
arguments = argv();
line = serialport(arguments{1}, 9600);
configureTerminator(line, "cr/lf", "lf");
set(line, "timeout", 20);
% The package's readline waits for 100 bytes or the whole time-out: byte by byte the end of the line counts.
function reply = ask(line, message)
  writeline(line, message);
  reply = "";
  while true
    byte = char(read(line, 1));
    if isempty(byte) error("no whole reply to %s, only '%s'", message, reply); end
    if byte == "\n" break; end
    reply = [reply byte];
  end
  reply = strtrim(reply);
end
printf("identity %s\n", ask(line, "*IDN?"));
writeline(line, "REMOTE");
writeline(line, ["OUT " arguments{2} " V, 0 HZ"]);
writeline(line, "OPER");
printf("operating %s\n", ask(line, "ISR?"));
printf("output %s\n", ask(line, "OUT?"));
writeline(line, "STBY");
printf("standby %s\n", ask(line, "ISR?"));
