#compdef evenkeel
# Completion in zsh: the program itself lists its words, options and their values.
local -a lead described
local name text takes wanted word
for word in ${words[2,CURRENT-1]}; do
  [[ $word != -- ]] || { _files; return }
done
for word in ${words[2,CURRENT-1]}; do
  [[ $word != -* ]] || break
  lead+=($word)
done
while IFS=$'\t' read -r name text takes; do
  [[ $name != ${words[CURRENT-1]} ]] || wanted=$takes
  described+=("$name:$text")
done < <($words[1] $lead --help=completion 2> /dev/null)
case $wanted in
  '') _describe 'evenkeel' described || _files ;;
  FILE | DIR) _files ;;
  *[A-Z]*) _message $wanted ;;
  *) compadd ${=wanted} ;;
esac
