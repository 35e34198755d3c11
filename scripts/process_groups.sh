# For scripts that start processes: these end with the script, whatever signal ends it. A signal
# from the terminal, or from the script's parent, reaches only the script.

declare -A process_groups=() # of what runs: when it has ended, another group may have its id

# COMMAND...: in the background, as a process group of its own, whose id is then $!.
begin() {
  set -m
  "$@" < /dev/null &
  set +m
  process_groups[$!]=
}

# Waits for the background command, and exits with its status.
await() { # ID
  local status=0
  wait "$1" || status=$?
  unset "process_groups[$1]"
  return "$status"
}

# COMMAND...: both of the above.
run() {
  begin "$@"
  await "$!"
}

# Waits until the whole group has ended, ten seconds at most.
end_group() { # ID
  [[ -v process_groups[$1] ]] || return 0
  kill -- "-$1" 2> /dev/null || true
  await "$1" 2> /dev/null || true # does not tell of the signal
  local tries # a build ends its compilers first, and outlives the shell that began it
  for ((tries = 0; tries < 100; ++tries)); do
    kill -0 -- "-$1" 2> /dev/null || break
    sleep 0.1
  done
}

end_groups() {
  local group
  for group in "${!process_groups[@]}"; do end_group "$group"; done
}
trap 'end_groups 2> /dev/null' EXIT # bash may tell of processes that it has lost sight of
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
