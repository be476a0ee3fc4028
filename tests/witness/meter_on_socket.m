% Reads a meter on a TCP socket through Octave's instrument-control package and prints what it answers.
% usage: octave-cli meter_on_socket.m PORT
pkg load instrument-control
crash_dumps_octave_core(false);  % no octave-workspace where the test runs when it is ended
sigterm_dumps_octave_core(false);
arguments = argv();
meter = tcpclient("127.0.0.1", str2num(arguments{1}), "Timeout", 20);
% The package's readline waits for 100 bytes or the whole time-out: byte by byte the end of the line counts.
function reply = ask(meter, message)
  writeline(meter, message);
  reply = "";
  while true
    byte = char(read(meter, 1));
    if isempty(byte) error("no whole reply to %s, only '%s'", message, reply); end
    if byte == "\n" break; end
    reply = [reply byte];
  end
end
printf("identity %s\n", ask(meter, "*IDN?"));
writeline(meter, "CONF:VOLT:DC 10");
printf("range %s\n", ask(meter, "VOLT:DC:RANG?"));
printf("reading %s\n", ask(meter, "READ?"));
printf("error %s\n", ask(meter, "SYST:ERR?"));
