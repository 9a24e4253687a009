using System.Text;
using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes.Tests;

public sealed class HookRuleTests
{
    private static readonly Dictionary<string, string> Annotations = new() { ["com.example.department"] = "fluid-dynamics", ["x"] = "y" };

    [Theory]
    [InlineData("", false)]
    [InlineData("\"always\": true", true)]
    [InlineData("\"always\": false", false)]
    [InlineData("\"hasBindMounts\": true", true)]
    [InlineData("\"hasBindMounts\": false", false)]
    [InlineData("\"commands\": [ \"^/bin/sh$\", \".*/web\" ]", true)]
    [InlineData("\"commands\": [ \"^web\" ]", false)]
    [InlineData("\"annotations\": { \"^com\\\\.example\\\\.department$\": \".*fluid\" }", true)]
    [InlineData("\"annotations\": { \"^com\\\\.example\\\\.department$\": \"^y$\" }", false)]
    [InlineData("\"annotations\": { \"x\": \"y\", \"department\": \"fluid\" }", true)]
    [InlineData("\"annotations\": { \"x\": \"y\", \"missing\": \".*\" }", false)]
    [InlineData("\"always\": true, \"commands\": [ \"^no$\" ]", false)]
    [InlineData("\"always\": false, \"commands\": [ \"web\" ]", false)]
    [InlineData("\"hasBindMounts\": true, \"annotations\": { \"x\": \"y\" }, \"commands\": [ \"web\" ]", true)]
    public void Fits_Conditions_AllHaveToBeMet(string when, bool expected) =>
        Assert.Equal(expected, Rule(when).Fits("/bin/web", Annotations, hasBindMounts: true));

    [Fact]
    public void Apply_MatchingHooks_ComeInOrderAfterThoseOfCdi()
    {
        ContainerCreation creation = TestRequests.With(TestRequests.Spec with { Annotations = new Dictionary<string, string> { ["k"] = "container" } });
        creation = creation with { Sandbox = creation.Sandbox with { Annotations = new Dictionary<string, string> { ["k"] = "pod", ["p"] = "1" } } };

        OciSpec spec = TestRequests.Build(
            creation,
            hooks: [Rule("\"always\": true", "/one"), Rule("\"annotations\": { \"k\": \"^pod$\" }", "/no"), Rule("\"annotations\": { \"k\": \"container\", \"p\": \"1\" }", "/two")],
            cdi: new CdiEdits { Hooks = [new CdiHook { HookName = "prestart", Path = "/cdi" }] });

        Assert.Equal(["/cdi", "/one", "/two"], spec.Hooks!.Prestart!.Select(static hook => hook.Path));
        Assert.Equal(["/one", "/two"], spec.Hooks.Poststop!.Select(static hook => hook.Path));
    }

    [Fact]
    public void Apply_ProgramThatDoesNotExist_NamesTheFile()
    {
        CridException exception = Assert.Throws<CridException>(
            () => TestRequests.Build(TestRequests.Creation, hooks: [Rule("\"always\": true", "/missing/program")]));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.Contains("OCI hook /hooks.d/a.json: its program '/missing/program' does not exist", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_NoHookThatFits_LeavesNoHooks() =>
        Assert.Null(TestRequests.Build(TestRequests.Creation, hooks: [Rule("\"hasBindMounts\": true")]).Hooks);

    internal static HookRule Rule(string when, string program = "/usr/bin/hook") => HookRule.Parse("/hooks.d/a.json", Encoding.UTF8.GetBytes(
        $$"""{ "version": "1.0.0", "hook": { "path": "{{program}}", "args": [ "hook", "x" ], "timeout": 3 }, "when": { {{when}} }, "stages": [ "prestart", "poststop", "prestart" ] }"""));
}
