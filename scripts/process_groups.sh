# For scripts that start others: what they have started ends with them, whatever signal ends them.
# A signal from the terminal, or from whoever started the script, reaches the script alone.

process_groups=()

# COMMAND...: in the background, as a process group of its own, whose id is $! then.
begin() {
  set -m
  "$@" < /dev/null &
  set +m
  process_groups+=("$!")
}

# COMMAND...: the same, and waits for its status.
run() {
  begin "$@"
  wait "$!"
}

# Waits until all of the group has ended, ten seconds at most.
end_group() { # ID
  kill -- "-$1" 2> /dev/null || return 0
  wait "$1" 2> /dev/null || true # does not tell of the signal
  local tries # a build ends its compilers first, and outlives the shell that began it
  for ((tries = 0; tries < 100; ++tries)); do
    kill -0 -- "-$1" 2> /dev/null || break
    sleep 0.1
  done
}

end_groups() {
  local group
  for group in "${process_groups[@]}"; do end_group "$group"; done
}
trap end_groups EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
