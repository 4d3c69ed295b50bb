extension PostgresServer {
    /// Arguments: folder, binaries, UID:GID or nothing, settings. It starts the server, then takes `start` and `stop
    /// MODE` until its input ends; to each it says `ready` or, in one line, what went wrong. It ignores the
    /// terminal's signals, because the tests' end reaches it by the pipe.
    static let watch = """
        trap '' INT HUP TERM
        folder=$1 bin=$2 owner=$3 settings=$4
        run() {
            if [ -z "$owner" ]; then "$@"
            else setpriv --reuid "${owner%:*}" --regid "${owner#*:}" --clear-groups -- "$@"; fi
        }
        finish() {
            # A paused postmaster could not be stopped.
            [ -f "$folder/data/postmaster.pid" ] && kill -CONT "$(head -n 1 "$folder/data/postmaster.pid")"
            run "$bin/pg_ctl" -D "$folder/data" -m immediate -s stop
            rm -rf "$folder"
        } </dev/null >/dev/null 2>&1
        begin() {
            mkdir -m 755 "$folder" && cd "$folder" || return 1
            [ -z "$owner" ] || chown "$owner" "$folder" || return 1
            run "$bin/initdb" -D "$folder/data" -U postgres --auth=trust -N -E UTF8 --locale=C &&
                printf '%s\\n' "$settings" >>"$folder/data/postgresql.conf" &&
                { echo 'host all +password_required 127.0.0.1/32 scram-sha-256'
                  cat "$folder/data/pg_hba.conf"; } >"$folder/hba" &&
                cat "$folder/hba" >"$folder/data/pg_hba.conf" &&
                run "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -s -w start &&
                run "$bin/psql" -h "$folder" -U postgres -q -c 'CREATE ROLE password_required' \\
                    -p "$(sed -n 4p "$folder/data/postmaster.pid")" postgres
        } </dev/null
        answer() {
            if said=$("$@" 2>&1); then echo ready
            else echo "$said" "$(tail -n 5 "$folder/log")" | tr '\\n' ' '; echo; fi
        }
        start() { run "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -s -w start </dev/null; }
        stop() { run "$bin/pg_ctl" -D "$folder/data" -m "$1" -s -w stop </dev/null; }
        answer begin
        while read -r verb mode; do answer "$verb" $mode; done
        finish
        """

    /// Quick to start, quick to write, many connections. A role in the group `password_required` needs its password,
    /// all others come in without.
    static func settings(port: Int, folder: String, durable: Bool, connections: Int) -> String {
        let common = """
            listen_addresses = '127.0.0.1'
            port = \(port)
            unix_socket_directories = '\(folder)'
            max_connections = \(connections)
            shared_buffers = 64MB
            log_line_prefix = '%m [%p] %d '
            """
        return durable ? common : common + "\nfsync = off\nfull_page_writes = off"
    }
}
