using System.Globalization;
using System.Text;

namespace Crid.Daemon;

/// <summary>Writes configurations as TOML.</summary>
internal static class ConfigurationWriter
{
    private const int LineWidth = 100;

    /// <summary>A file that explains every key and sets none: each value stands in a comment (without a space after the hash) and is the default.</summary>
    public static string WriteDefault()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# Configuration of crid. Files in {ConfigurationLoader.DefaultPath}.d/*.toml are read after this one, in the order of\n");
        text.Append("# their names; later values win. Values in comments are the defaults. `crid config check` tells what is wrong with\n");
        text.Append("# a configuration, `crid config dump` prints the one that is in force.\n");
        foreach (OptionTable table in OptionSchema.Tables)
        {
            AppendDefaults(text, table);
        }

        return text.ToString();
    }

    /// <summary>All values that are in force, each with the place that it comes from.</summary>
    public static string WriteEffective(LoadedConfiguration configuration)
    {
        StringBuilder text = new();
        foreach (OptionTable table in OptionSchema.Tables)
        {
            foreach (string instance in table.Instances(configuration.Options).Order(StringComparer.Ordinal))
            {
                string header = table.HeaderOf(instance);
                text.Append(CultureInfo.InvariantCulture, $"{(text.Length == 0 ? "" : "\n")}[{header}]\n");
                foreach (OptionDescription key in table.Keys)
                {
                    string source = configuration.Origins.TryGetValue($"{header}.{key.Name}", out Origin? origin) ? origin.ToString() : "default";
                    string value = table.Format(configuration.Options, instance, key.Name);
                    text.Append(CultureInfo.InvariantCulture, $"{key.Name} = {value}  # {source}\n");
                }
            }
        }

        return text.ToString();
    }

    private static void AppendDefaults(StringBuilder text, OptionTable table)
    {
        text.Append('\n');
        AppendComment(text, table.Description);
        bool explain = true;
        foreach (string instance in table.Instances(CridOptions.Default).Order(StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"[{table.HeaderOf(instance)}]\n");
            foreach (OptionDescription key in table.Keys)
            {
                if (explain)
                {
                    AppendComment(text, $"{key.Text} ({key.TypeDescription})");
                }

                text.Append(CultureInfo.InvariantCulture, $"#{key.Name} = {table.Format(CridOptions.Default, instance, key.Name)}\n");
            }

            explain = false;
        }
    }

    private static void AppendComment(StringBuilder text, string comment)
    {
        int column = 0;
        foreach (string word in comment.Split(' '))
        {
            bool starts = column == 0 || column + word.Length + 1 > LineWidth;
            text.Append(starts ? (column == 0 ? "# " : "\n# ") : " ").Append(word);
            column = starts ? word.Length + 2 : column + word.Length + 1;
        }

        text.Append('\n');
    }
}
