using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.HostTests;

/// <summary>A service manager holds for the keeper what would be lost when it is killed together with crid.</summary>
public sealed class KeeperStoreTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BothKilled_Terminal_StaysAndItsOutputIsLogged(bool systemd)
    {
        await using KeeperLab lab = await KeeperLab.StartManagedAsync(systemd);
        await lab.RunAsync(lab.Prepare("tty", "trap 'exit 50' HUP; echo first; read a; echo got $a; exit 5", terminal: true));
        await Eventually.TrueAsync(async () => await lab.Manager.ReadStoredAsync() == "Process.tty Terminal.tty", "the service manager has the terminal");

        // More often within ten seconds than systemd starts a service by default.
        for (int i = 0; i < 6; i++)
        {
            await lab.Client.DisposeAsync();
            lab.KillManagedKeeper();
            await lab.ConnectAsync();
            Assert.Single(await lab.Client.ListAsync(Token));
        }

        using SafeFileHandle? master = await lab.Client.AttachAsync(new AttachRequest { Id = "tty" }, Token);
        _ = Descriptor.TryWrite(Assert.IsType<SafeFileHandle>(master), "words\n"u8, out _);

        Assert.Contains((await lab.WaitForExitAsync("tty")).ExitStatus, LabMachine.ExitsOfOrphan(5));
        Assert.Equal(["stdout F first\r", "stdout F words\r", "stdout F got words\r"], lab.ReadLogLines("tty"));
        await Eventually.TrueAsync(async () => (await lab.Manager.ReadStoredAsync()).Length == 0, "the store is empty");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BothKilled_ContainerEndsMeanwhile_OutputAndExitStatusAreWhole(bool systemd)
    {
        await using KeeperLab lab = await KeeperLab.StartManagedAsync(systemd);
        SpawnResult created = await lab.RunAsync(lab.Prepare("c1", "read a; echo last; exit 9") with { Stdin = true });
        await Eventually.TrueAsync(async () => await lab.Manager.ReadStoredAsync() == "Process.c1 Stderr.c1 Stdin.c1 Stdout.c1", "the service manager has everything");

        await lab.Client.DisposeAsync();
        await lab.Manager.PauseAsync(); // So that there is no keeper while the container ends.
        lab.KillManagedKeeper();
        await File.WriteAllTextAsync($"{lab.BundleOf("c1")}/io/stdin", "\n", Token);
        await Eventually.TrueAsync(() => ProcessStat.Find(created.Pid) is null or { IsEnded: true }, "the container has ended");
        await lab.Manager.GoOnAsync();
        await lab.ConnectAsync();
        ProcessExit exit = await lab.WaitForExitAsync("c1");

        Assert.Contains(exit.ExitStatus, LabMachine.ExitsOfOrphan(9));
        Assert.Equal(["stdout F last"], lab.ReadLogLines("c1"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BothKilled_TerminalEndsMeanwhileInTheMiddleOfALine_LogsItOnce(bool systemd)
    {
        await using KeeperLab lab = await KeeperLab.StartManagedAsync(systemd);
        for (int i = 0; i < 5; i++)
        {
            string id = $"tty{i}";
            SpawnResult created = await lab.RunAsync(lab.Prepare(id, "trap '' HUP; busybox printf 'before '; busybox usleep 1000000; echo after; exit 9", terminal: true));
            await Eventually.TrueAsync(async () => (await lab.Manager.ReadStoredAsync()).Contains($"Terminal.{id}", StringComparison.Ordinal), "the service manager has the terminal");

            await lab.Client.DisposeAsync();
            await lab.Manager.PauseAsync(); // So that there is no keeper while the container ends.
            lab.KillManagedKeeper();
            await Eventually.TrueAsync(() => ProcessStat.Find(created.Pid) is null or { IsEnded: true }, "the container has ended");
            await lab.Manager.GoOnAsync();
            await lab.ConnectAsync();
            ProcessExit exit = await lab.WaitForExitAsync(id);

            Assert.Contains(exit.ExitStatus, LabMachine.ExitsOfOrphan(9));
            Assert.Equal(["stdout F before after\r"], lab.ReadLogLines(id));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StdinOnceClosed_NotHeldAnyMore_ContainerSeesItsEnd(bool systemd)
    {
        await using KeeperLab lab = await KeeperLab.StartManagedAsync(systemd);
        await lab.RunAsync(lab.Prepare("c1", "busybox cat; exit 6") with { Stdin = true, StdinOnce = true });
        await Eventually.TrueAsync(async () => (await lab.Manager.ReadStoredAsync()).Contains("Stdin.c1", StringComparison.Ordinal), "the service manager has the input");

        await lab.Client.CloseStdinAsync("c1", Token);

        Assert.Equal(6, (await lab.WaitForExitAsync("c1")).ExitStatus);
    }
}
