using System.CommandLine;
using Google.Protobuf;

namespace Crid.Cli;

/// <summary>The options that the lists of pods and containers share.</summary>
internal sealed class ListOptions
{
    private readonly Option<string[]> _labels = new("--label", "-l") { Description = "Only those with this label; may be given several times", HelpName = "key=value" };
    private readonly Option<string?> _name = new("--name") { Description = "Only those whose name contains this text", HelpName = "text" };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Only ids" };
    private readonly Option<bool> _fullIds = new("--no-trunc") { Description = "Full ids" };

    public void AddTo(Command command)
    {
        command.Add(_labels);
        command.Add(_name);
        command.Add(_quiet);
        command.Add(_fullIds);
    }

    public Dictionary<string, string> LabelsOf(ParseResult parsed)
    {
        Dictionary<string, string> labels = [];
        foreach (string text in parsed.GetValue(_labels) ?? [])
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw CliException.Usage($"--label is key=value, not '{text}'");
            }

            labels[text[..equals]] = text[(equals + 1)..];
        }

        return labels;
    }

    public bool Matches(ParseResult parsed, string name) =>
        parsed.GetValue(_name) is not string wanted || name.Contains(wanted, StringComparison.Ordinal);

    /// <summary>Writes the list as asked for: as JSON, as ids, or as a table, which is made with full ids or short ones.</summary>
    public void Write<T>(ParseResult parsed, VerbContext context, IReadOnlyList<T> items, Func<T, string> id, Func<bool, Table> table)
        where T : IMessage
    {
        bool fullIds = parsed.GetValue(_fullIds);
        if (context.Format == OutputFormat.Json)
        {
            context.Output.WriteLine(JsonText.Write(JsonText.OfAll(items.Cast<IMessage>())));
        }
        else if (parsed.GetValue(_quiet))
        {
            foreach (T item in items)
            {
                context.Output.WriteLine(fullIds ? id(item) : HumanFormat.ShortId(id(item)));
            }
        }
        else
        {
            context.WriteTable(table(fullIds));
        }
    }
}
