# Runs PostgreSQL for a process that may die at any moment, by SIGKILL too.
#
# That process holds the other end of standard input. Each line is the name of a signal for PostgreSQL. The end of input means
# that the process is gone: PostgreSQL is then stopped cleanly.
#
# $1   a folder to remove in that case, or nothing
# $2…  PostgreSQL and its arguments
orphaned=
trap 'orphaned=yes' USR1
folder=$1
shift

exec 4<&0 </dev/null
"$@" 4<&- &
postgres=$!

{
  while read -r signal <&4; do kill -s "$signal" "$postgres"; done
  kill -s USR1 $$
  kill -s INT "$postgres"
} &
listener=$!
exec 4<&-

# A trapped signal cuts `wait` short.
while kill -s 0 "$postgres" 2>/dev/null; do wait "$postgres"; done
kill "$listener" 2>/dev/null
# What is in the folder can go even where its path is out of reach.
if [ "$orphaned" ] && [ "$folder" ]; then rm -rf "$PGDATA"/* "$folder"; fi
