#!/bin/bash
# check-dbus.sh: two programs on a bus of their own hand over memory and meet at a semaphore
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=meet/meet.sh source-path=SCRIPTDIR
. "${0%/*}/meet/meet.sh"

examples=${IPC_BUILDDIR:-.}/doc/examples
if [ ! -x "$examples/dbus-server" ]; then
  echo "SKIP $meet_test: built without gio-unix-2.0"
  exit 77
fi
need dbus-daemon

# Nothing of the system's configuration, nor of a user's session.
cat >"$work/bus.conf" <<EOS
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=$work/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
EOS
dbus-daemon --config-file="$work/bus.conf" --nofork --print-address >"$work/address" &
until_true test -s "$work/address"
DBUS_SESSION_BUS_ADDRESS=$(cat "$work/address")
export DBUS_SESSION_BUS_ADDRESS

said=$work/said

# start_server TEXT
start_server ()
{
  rm -f "$said"
  "$examples/dbus-server" "$1" >"$said" 2>&1 &
  server=$!
  until_true grep -qs "^Waiting for a client" "$said"
}

refused 1 org.example.Ipc "$examples/dbus-client"

start_server "Hello"
refused 1 "somebody else has it" "$examples/dbus-server"
expect "4096 bytes say: Hello" "$examples/dbus-client"
wait $server || fail "the server ended badly: $(cat "$said")"
grep -qx "The client has read it\\." "$said" || fail "the server did not meet it: $(cat "$said")"
[ ! -e "/dev/shm/ipc-sem.dbus-server-$server" ] || fail "the semaphore was left"

DBUS_SESSION_BUS_ADDRESS=unix:path=$work/no-bus
refused 1 "" "$examples/dbus-client"
refused 1 "" "$examples/dbus-server"
