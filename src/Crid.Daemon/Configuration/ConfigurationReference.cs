using System.Globalization;
using System.Text;

namespace Crid.Daemon;

/// <summary>The reference of all keys, for docs/CONFIGURATION.md and the manual page: generated, so that it can't be out of date.</summary>
internal static class ConfigurationReference
{
    public static string WriteMarkdown()
    {
        StringBuilder text = new();
        text.Append("""
            # Configuration

            `crid config reference` prints this page from the program's own table of options. Files are TOML: `/etc/crid/config.toml`, then
            `/etc/crid/config.toml.d/*.toml` in the order of their names; later values win, key by key. No file is needed: the defaults are right for an
            ordinary node. `crid config default` prints a file to start from, `crid config check` finds mistakes with file and line, and `crid config dump`
            shows what is in force and where each value comes from.

            crid watches these files and reads them again when they change, on SIGHUP (`systemctl reload crid`), and on `crid reload`. Keys marked *live*
            take effect at once; for all others `crid info` says that a restart is needed, which does not touch pods. A file with mistakes changes
            nothing. The files below `registry.certs_directory` are read at every pull, and network configurations are watched by themselves.

            Durations are written like `"500ms"`, `"30s"`, `"1h30m"`, sizes like `"64MiB"`.

            """);
        foreach (OptionTable table in OptionSchema.Tables)
        {
            string header = table.IsFamily ? $"{table.Name}.NAME" : table.Name;
            text.Append(CultureInfo.InvariantCulture, $"\n## [{header}]\n\n{table.Description}\n\n| key | default | what it is |\n|---|---|---|\n");
            string instance = table.Instances(CridOptions.Default).Order(StringComparer.Ordinal).FirstOrDefault() ?? "";
            foreach (OptionDescription key in table.Keys)
            {
                string value = table.IsFamily ? "" : $"`{table.Format(CridOptions.Default, instance, key.Name)}`";
                string live = key.IsLive ? " *Live.*" : "";
                text.Append(CultureInfo.InvariantCulture, $"| `{key.Name}` | {Cell(value)} | {Cell(key.Text)}{live} {Cell(Sentence(key.TypeDescription))} |\n");
            }
        }

        return text.ToString();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static string Sentence(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}.";
}
