# shellcheck shell=bash disable=SC2034
# The Debian 12 packages of etalon, with a word on why. Read by scripts/install-packages.

packages_build=(
  g++                             # compiler, C++20
  cmake                           # build system
  ninja-build                     # runs the build
  pkg-config                      # finds libraries that bring no CMake files
  gettext                         # translations: xgettext, msgmerge, msgfmt
  libudunits2-dev                 # units of measurement (UDUNITS-2)
  libssl-dev                      # SHA-256
  libglib2.0-dev                  # time zones: calendar days of the laboratory
  libtomlplusplus-dev             # configuration files (TOML)
  nlohmann-json3-dev              # JSON output
  libfmt-dev                      # text formatting
  libspdlog-dev                   # log
  libboost-dev                    # quantiles of distributions (Boost.Math)
  libboost-program-options-dev    # command line
  libserialport-dev               # serial lines
  libavahi-client-dev             # finds LXI instruments (mDNS)
  libtirpc-dev                    # VXI-11 links (ONC RPC)
  libpcre2-dev                    # patterns in driver files
  libhdf5-dev                     # run files
  libeigen3-dev                   # linear algebra
  libxsimd-dev                    # vectors of several numbers, for Monte Carlo
  libhwy-dev                      # sorts fast (vqsort), for coverage intervals
  libxml2-dev                     # digital calibration certificates
  libcairo2-dev                   # PDF: drawing
  libpango1.0-dev                 # PDF: text
  libfontconfig-dev               # PDF: a fixed list of fonts
  libqpdf-dev                     # PDF: PDF/A structure and attachments
  libqrencode-dev                 # PDF: QR code
)

packages_run=(
  tzdata                          # time zones: calendar days of the laboratory
  fonts-wqy-microhei              # certificate: Chinese text
  fonts-open-sans                 # certificate: Latin text
  fonts-dejavu-core               # certificate: signs that the two above lack (U+2103, U+2109, Roman numerals)
  fonts-noto-cjk                  # certificate: rare ideographs of names, square units (U+338F)
  icc-profiles-free               # certificate: the sRGB profile that PDF/A demands
)

packages_test=(
  libmodbus-dev                   # independent Modbus client and server
  mbpoll                          # independent Modbus client
  python3-pymodbus                # independent Modbus client and server …
  python3-serial-asyncio          # … and what it needs for serial lines
  rpcbind                         # VXI-11 clients find their server through it
  socat                           # joins and cuts lines
  ser2net                         # serial lines over TCP
  catch2                          # unit tests
  poppler-utils                   # pdftotext, pdffonts, pdfdetach: reads certificates back
  qpdf                            # checks the structure of certificates
  zbar-tools                      # reads the QR code back
  lxi-tools                       # independent client of the simulators (SCPI over TCP)
  sigrok-cli                      # independent client of the simulators (multimeter)
  octave                          # independent client of the simulators …
  octave-instrument-control       # … over TCP and serial lines
  python3-serial                  # independent client of the simulators (serial line), with the next two
  python3-pyvisa                  # VISA from Python
  python3-pyvisa-py               # its backend without a vendor's driver
)

# Peers of scripts/benchmark; neither built nor tested with.
packages_benchmark=(
  python3-numpy                   # Monte Carlo
  python3-scipy                   # line with uncertainties in x and y
  python3-pyvisa                  # queries …
  python3-pyvisa-py               # … without a vendor's driver
)
