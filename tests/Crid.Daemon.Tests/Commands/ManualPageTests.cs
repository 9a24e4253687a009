using System.CommandLine;

namespace Crid.Daemon.Tests;

/// <summary>The manual pages tell of every command and of every option of crid-keeper.</summary>
public sealed class ManualPageTests
{
    [Fact]
    public void Crid_EveryCommand_IsDescribed()
    {
        string page = File.ReadAllText($"{Repository.Root}/packaging/man/crid.8");

        Assert.All(Names(CridCommands.Create(), "crid"), name => Assert.Contains($"\n.B {name}\n", page, StringComparison.Ordinal));
    }

    [Fact]
    public void CridKeeper_EveryOption_IsDescribed()
    {
        // Options that the usage text leaves out are the keeper's own affair.
        string usage = File.ReadLines($"{Repository.Root}/src/Crid.Keeper/KeeperOptions.cs").Single(static line => line.Contains("\"usage: ", StringComparison.Ordinal));
        string page = File.ReadAllText($"{Repository.Root}/packaging/man/crid-keeper.8").Replace("\\-", "-", StringComparison.Ordinal);

        foreach (string option in usage.Split('"', ' ', '[').Where(static word => word.StartsWith("--", StringComparison.Ordinal)).Distinct())
        {
            Assert.Contains(option, page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Readme_LinksEveryPage()
    {
        string readme = File.ReadAllText($"{Repository.Root}/README.md");

        Assert.All(Directory.EnumerateFiles($"{Repository.Root}/docs", "*.md"), page =>
            Assert.Contains($"docs/{Path.GetFileName(page)}", readme, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Names(Command command, string prefix) => command.Subcommands.SelectMany(sub =>
        sub.Subcommands.Count > 0 ? Names(sub, $"{prefix} {sub.Name}") : [$"{prefix} {sub.Name}"]);
}
