# Owns one private PostgreSQL from initdb to removal. The test process holds the other end of standard input and never
# writes more than words; end of file, which a kill -9 of the test process causes too, means: stop the server and remove
# everything. Answers go to standard output, one line for each word; a failed start keeps the folder until the end of file,
# so that its log can be read.
#
# $1: folder of the PostgreSQL programs   $2: the cluster's folder: already there, ours, with lines for postgresql.conf in `conf`
# $3: a base backup to start from, if there is one

bin=$1
top=$2
base=$3
data=$top/data
umask 077

server_pid() {
    sed -n 1p "$data/postmaster.pid" 2>/dev/null
}

# The subshell outlives the server, so that it reaps it and leaves a mark that nobody can mistake.
start() {
    rm -f "$top/ended" "$data/postmaster.pid"
    {
        "$bin/postgres" -D "$data" </dev/null >>"$top/log" 2>&1
        : >"$top/ended"
    } >/dev/null &
    until sed -n 8p "$data/postmaster.pid" 2>/dev/null | grep -q '^ready'; do
        if [ -e "$top/ended" ]; then
            echo "postgres ended before it was ready"
            return
        fi
        sleep 0.02
    done
    echo ready
}

until_ended() {
    until [ -e "$top/ended" ]; do
        sleep 0.02
    done
}

stop() {
    pid=$(server_pid)
    [ -n "$pid" ] && [ ! -e "$top/ended" ] || return 0
    kill "-$1" "$pid" 2>/dev/null
    until_ended
}

# What a power cut does to the processes: every one of them is gone at once, without a last word. The postmaster is held
# still first, or it would answer the death of a child by tidying up.
crash() {
    pid=$(server_pid)
    kill -STOP "$pid"
    children=$(grep -l "^PPid:.$pid\$" /proc/[0-9]*/status 2>/dev/null | sed 's|^/proc/||; s|/.*||')
    kill -KILL $children "$pid" 2>/dev/null
    until_ended
    for child in $children; do
        while grep -sq '^State:.[^ZX]' "/proc/$child/status"; do
            sleep 0.02
        done
    done
    echo crashed
}

create() {
    if [ -n "$base" ]; then
        cp -R "$base" "$data" && : >"$data/recovery.signal" || return 1
    else
        "$bin/initdb" --no-sync --pgdata="$data" --username=postgres --auth=trust --encoding=UTF8 --locale=C \
            >>"$top/log" 2>&1 || return 1
    fi
    mkdir "$top/s" || return 1
    # The file of a base backup may end within a line.
    { echo; cat "$top/conf"; } >>"$data/postgresql.conf"
}

back_up() {
    if "$bin/pg_basebackup" --no-sync --checkpoint=fast --wal-method=stream --host="$top/s" --username=postgres \
        --no-password --pgdata="$top/base" >>"$top/log" 2>&1; then
        echo "backed up"
    else
        echo "pg_basebackup failed"
    fi
}

finish() {
    stop QUIT
    wait
    cd /
    rm -rf "$top"
}
trap 'finish; exit 0' TERM INT HUP

if create; then
    start
else
    echo "the data folder cannot be made"
fi
while read -r word; do
    case $word in
    start) start ;;
    stop)
        stop INT
        echo stopped
        ;;
    crash) crash ;;
    backup) back_up ;;
    esac
done
finish
