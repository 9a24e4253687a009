using System.Text.RegularExpressions;

namespace Crid.Daemon.Tests;

public sealed partial class ConfigurationWriterTests
{
    [Fact]
    public void WriteDefault_AsItIs_SetsNothing()
    {
        LoadedConfiguration configuration = Load(ConfigurationWriter.WriteDefault());

        Assert.Empty(configuration.Origins);
        Assert.Equal(Dump(new ConfigurationLoader().Finish()), Dump(configuration));
    }

    [Fact]
    public void WriteDefault_WithItsValuesUncommented_IsTheDefaultAgain()
    {
        string live = CommentedValue().Replace(ConfigurationWriter.WriteDefault(), "");

        LoadedConfiguration configuration = Load(live);

        Assert.Equal(
            OptionSchema.Tables.Sum(table => table.Instances(CridOptions.Default).Count() * table.Keys.Count), configuration.Origins.Count);
        Assert.Equal(WithoutSources(Dump(new ConfigurationLoader().Finish())), WithoutSources(Dump(configuration)));
    }

    [Fact]
    public void WriteDefault_EveryKey_HasADescription()
    {
        string text = ConfigurationWriter.WriteDefault();

        Assert.All(OptionSchema.Tables, table => Assert.All(table.Keys, key =>
        {
            Assert.Matches(@"^[A-Za-z].*\.$", key.Text);
            Assert.Contains($"{key.Name} = ", text, StringComparison.Ordinal);
        }));
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 120));
    }

    [Fact]
    public void WriteEffective_LoadedAgain_GivesTheSameValues()
    {
        LoadedConfiguration configuration = Load("""
            [log]
            level = "trace"
            [registry]
            plain_http = ["a.b:5000"]
            [runtimes.handlers.kata]
            path = "/opt/\"kata\""
            """);

        LoadedConfiguration again = Load(Dump(configuration));

        Assert.Equal(WithoutSources(Dump(configuration)), WithoutSources(Dump(again)));
    }

    [Fact]
    public void WriteEffective_EveryValue_HasItsSource()
    {
        string[] lines = Dump(Load("[log]\nlevel = \"debug\"\n[runtimes.handlers.\"a.b\"]\npath = \"x\"")).Split('\n');

        Assert.Contains("level = \"debug\"  # f:2", lines);
        Assert.Contains("format = \"text\"  # default", lines);
        Assert.Contains("[runtimes.handlers.\"a.b\"]", lines);
        Assert.Contains("path = \"x\"  # f:4", lines);
    }

    private static string Dump(LoadedConfiguration configuration) => ConfigurationWriter.WriteEffective(configuration);

    private static string WithoutSources(string dump) => Source().Replace(dump, "");

    private static LoadedConfiguration Load(string text)
    {
        ConfigurationLoader loader = new();
        loader.AddText(text, "f");
        return loader.Finish();
    }

    [GeneratedRegex("^#(?=[a-z_]+ = )", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CommentedValue();

    [GeneratedRegex("  # .*$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Source();
}
