namespace Crid.Cli.Tests;

public class VariableExpansionTests
{
    private static readonly Dictionary<string, string> Variables = new() { ["NAME"] = "value", ["OTHER"] = "$(NAME)" };

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a-$(NAME)-b", "a-value-b")]
    [InlineData("$(UNKNOWN)", "$(UNKNOWN)")]
    [InlineData("$$(NAME)", "$(NAME)")]
    [InlineData("$$$$", "$$")]
    [InlineData("$NAME $", "$NAME $")]
    [InlineData("$(NAME", "$(NAME")]
    [InlineData("$(OTHER)", "$(NAME)")]
    public void Expand_Text_FollowsKubernetes(string text, string expected) => Assert.Equal(expected, VariableExpansion.Expand(text, Variables));
}
