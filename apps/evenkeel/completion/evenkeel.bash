# Completion in bash: the program itself lists its words, options and their values.
_evenkeel() { # PROGRAM CURRENT PREVIOUS
  local current=$2 previous=$3 command=() words=() values='' name text takes word
  COMPREPLY=()
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word != -- ]] || return 0 # a trainer follows
  done
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word != -* ]] || break
    command+=("$word")
  done
  while IFS=$'\t' read -r name text takes; do
    [[ $name != "$previous" ]] || values=$takes
    if [[ $name == -* || $current != -* ]]; then words+=("$name"); fi
  done < <("$1" "${command[@]}" --help=completion 2> /dev/null)
  case $values in
    '') ;;
    FILE | DIR) return 0 ;;
    *[A-Z]*) compopt +o default 2> /dev/null; return 0 ;; # a number or a name
    *) words=($values) ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "${words[*]}" -- "$current")
}
complete -o default -F _evenkeel evenkeel
