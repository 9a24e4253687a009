using System.Text.Json;

namespace Crid.Daemon.Tests;

public sealed class CheckCommandTests
{
    private static readonly HostCheck[] Checks =
    [
        HostCheck.Ok("kernel", "6.1"),
        HostCheck.Warning("seccomp", "off", "build the kernel with CONFIG_SECCOMP"),
        HostCheck.Failure("runtime runc", "not found", "install runc"),
    ];

    [Fact]
    public void WriteTable_EveryOutcome_HasItsAdviceBelow()
    {
        string table = CheckCommand.WriteTable(Checks);

        Assert.Equal(
            """
            ok       kernel        6.1
            warning  seccomp       off
                                   build the kernel with CONFIG_SECCOMP
            failure  runtime runc  not found
                                   install runc

            this machine can't run pods yet: 1 failed, 1 warnings

            """,
            table);
    }

    [Fact]
    public void WriteTable_NoFailure_SaysThatPodsRun() =>
        Assert.EndsWith("\nthis machine can run pods: 0 failed, 0 warnings\n", CheckCommand.WriteTable([Checks[0]]), StringComparison.Ordinal);

    [Fact]
    public void WriteJson_EveryOutcome_IsAnArrayOfObjects()
    {
        JsonElement json = JsonDocument.Parse(CheckCommand.WriteJson(Checks)).RootElement;

        Assert.Equal(["ok", "warning", "failure"], json.EnumerateArray().Select(check => check.GetProperty("outcome").GetString()));
        Assert.Equal("install runc", json[2].GetProperty("advice").GetString());
    }
}
