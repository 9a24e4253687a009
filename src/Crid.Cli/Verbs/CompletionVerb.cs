using System.CommandLine;
using System.Text;

namespace Crid.Cli;

/// <summary><c>crid completion</c>: a script for the shell, written from the commands and options that this program has.</summary>
internal static class CompletionVerb
{
    public static readonly string[] Examples =
    [
        "source <(crid completion bash)                                 # in this shell; in ~/.bashrc for every one",
        "crid completion zsh > /usr/local/share/zsh/site-functions/_crid",
        "crid completion fish > ~/.config/fish/completions/crid.fish",
    ];

    public static Command Create(RootCommand root)
    {
        Argument<string> shell = new("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Command command = new("completion", "Write a completion script for a shell")
        {
            shell,
        };
        command.SetAction(parsed =>
        {
            string script = parsed.GetRequiredValue(shell) switch
            {
                "bash" => Bash(root),
                "zsh" => Zsh(root),
                _ => Fish(root),
            };
            parsed.InvocationConfiguration.Output.Write(script);
            return ExitCodes.Success;
        });
        return command;
    }

    internal static string Bash(RootCommand root)
    {
        StringBuilder script = new();
        script.Append("# bash completion for crid\n_crid() {\n");
        script.Append("    local current=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} words\n");
        script.Append("    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words=\"").AppendJoin(' ', Visible(root).Select(verb => verb.Name)).Append("\"\n");
        script.Append("    else\n        case $verb in\n");
        foreach (Command verb in Visible(root))
        {
            script.Append("            ").Append(verb.Name).Append(") words=\"").AppendJoin(' ', Words(verb)).Append("\" ;;\n");
        }

        script.Append("        esac\n    fi\n    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n}\n");
        script.Append("complete -o default -F _crid crid\n");
        return script.ToString();
    }

    internal static string Zsh(RootCommand root)
    {
        StringBuilder script = new();
        script.Append("#compdef crid\n_crid() {\n    local -a verbs choices\n    verbs=(\n");
        foreach (Command verb in Visible(root))
        {
            script.Append($"        '{verb.Name}:{Quote(verb)}'\n");
        }

        script.Append("    )\n    if (( CURRENT == 2 )); then\n        _describe 'command' verbs\n        return\n    fi\n    case ${words[2]} in\n");
        foreach (Command verb in Visible(root))
        {
            script.Append($"        {verb.Name}) choices=({string.Join(' ', Words(verb))}) ;;\n");
        }

        script.Append("    esac\n    compadd -a choices\n    _files\n}\n");
        script.Append("if [ \"$funcstack[1]\" = _crid ]; then _crid \"$@\"; else compdef _crid crid; fi\n");
        return script.ToString();
    }

    internal static string Fish(RootCommand root)
    {
        StringBuilder script = new("# fish completion for crid\n");
        foreach (Command verb in Visible(root))
        {
            script.Append($"complete -c crid -n __fish_use_subcommand -f -a {verb.Name} -d '{Quote(verb)}'\n");
            foreach (Option option in verb.Options.Where(option => !option.Hidden))
            {
                script.Append($"complete -c crid -n '__fish_seen_subcommand_from {verb.Name}' -l {option.Name.TrimStart('-')}");
                foreach (string alias in option.Aliases.Where(alias => alias.Length == 2))
                {
                    script.Append($" -s {alias[1]}");
                }

                script.Append(option.ValueType == typeof(bool) ? "" : " -r").Append($" -d '{Quote(option)}'\n");
            }
        }

        return script.ToString();
    }

    private static IEnumerable<Command> Visible(Command command) => command.Subcommands.Where(verb => !verb.Hidden);

    private static IEnumerable<string> Words(Command verb) =>
        Visible(verb).Select(inner => inner.Name)
            .Concat(verb.Options.Where(option => !option.Hidden).SelectMany(option => option.Aliases.Prepend(option.Name)))
            .Append("--help");

    private static string Quote(Symbol symbol) => (symbol.Description ?? "").Split('\n')[0].Replace("'", "", StringComparison.Ordinal).Replace(":", "", StringComparison.Ordinal);
}
