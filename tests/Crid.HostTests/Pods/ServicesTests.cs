using System.Globalization;
using Crid.Api;

namespace Crid.HostTests;

/// <summary>crid and its keeper as systemd runs them by the units in packaging/.</summary>
public sealed class ServicesTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private CridDaemon Daemon => fixture.Daemon;

    [Fact]
    public async Task BothKilledAtOnce_TerminalAndStdin_ContainersLiveOnAndLoseNothing()
    {
        SystemdUnit.Require();
        await using CridServices services = await CridServices.TakeOverAsync(Daemon);
        (string sandbox, string terminal) = await RunAsync(
            "terminal", "i=0; while [ ! -e /end ]; do i=$((i + 1)); echo line $i; sleep 0.002; done; exit 5", static container => container.Tty = true);
        (string other, string reader) = await RunAsync("reader", "echo first; read words; echo got $words; exit 6", static container => container.Stdin = true);

        for (int i = 0; i < 3; i++)
        {
            int before = await CountLinesAsync(terminal);
            await services.KillBothAsync();
            await Eventually.TrueAsync(async () => await CountLinesAsync(terminal) > before, "what the terminal shows is logged again");
        }

        Assert.Equal(0, (await Daemon.ExecAsync(terminal, "touch", "/end")).ExitCode);
        string crid = Path.Combine(HostRequirements.BinDirectory, "crid");
        await LabProcess.RunAsync("/bin/sh", "-c", $"echo words | nsenter --net=/proc/1/ns/net {crid} attach -i {reader} --address unix://{Daemon.Socket}");

        await AssertEndsAsync(terminal, 5);
        await AssertEndsAsync(reader, 6);
        string[] lines = await Daemon.ReadLogAsync(terminal);
        Assert.Equal(Enumerable.Range(1, lines.Length).Select(static number => string.Create(CultureInfo.InvariantCulture, $"line {number}")), lines);
        Assert.Equal(["first", "got words"], await Daemon.ReadLogAsync(reader));
        await Daemon.RemoveSandboxAsync(sandbox);
        await Daemon.RemoveSandboxAsync(other);
    }

    /// <summary>The machine's network: the tests' own, in which the pods' bridges are, is not that of the services.</summary>
    private Task<(string SandboxId, string ContainerId)> RunAsync(string name, string script, Action<ContainerConfig> change) =>
        Daemon.RunPodAsync(name, fixture.Image, script, (pod, container) =>
        {
            pod.Hostname = "";
            pod.Linux.SecurityContext.NamespaceOptions.Network = NamespaceMode.Node;
            change(container);
        });

    private async Task<int> CountLinesAsync(string id) => (await Daemon.ReadLogAsync(id)).Length;

    private async Task AssertEndsAsync(string id, int exitCode)
    {
        const int Unknown = 255;
        await Daemon.WaitForExitAsync(id);
        Assert.Contains((await Daemon.ContainerStatusAsync(id)).ExitCode, LabMachine.TellsExitsOfOrphans ? [exitCode] : new[] { exitCode, Unknown });
    }
}
