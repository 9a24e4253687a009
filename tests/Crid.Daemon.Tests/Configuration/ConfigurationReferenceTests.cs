namespace Crid.Daemon.Tests;

public sealed class ConfigurationReferenceTests
{
    [Fact]
    public void WriteMarkdown_IsThePage() => Assert.Equal(
        File.ReadAllText($"{Repository.Root}/docs/CONFIGURATION.md"),
        ConfigurationReference.WriteMarkdown());
}
