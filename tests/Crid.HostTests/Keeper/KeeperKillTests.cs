using System.Globalization;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.HostTests;

/// <summary>The keeper is killed again and again while containers write: every line is in the log once, none in parts.</summary>
public sealed class KeeperKillTests
{
    private const string Strace = "/usr/bin/strace";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task KilledAtRandom_OutputOfManyKinds_IsLoggedOnceAndInOrder()
    {
        const int Kills = 30;
        Random random = new(11);
        await using KeeperLab lab = await KeeperLab.StartAsync();
        Writer[] writers =
        [
            await Writer.RunAsync(lab, "lines", "echo number $i; echo number $i >&2"),
            await Writer.RunAsync(lab, "halves", "echo -n 'num'; echo -n 'ber '; echo $i; echo -n number >&2; echo \" $i\" >&2"),
            await Writer.RunAsync(lab, "bursts", "busybox seq $i $((i + 4999)) | busybox sed 's/^/number /' | busybox tee /proc/self/fd/2; i=$((i + 4999))"),
        ];

        for (int i = 0; i < Kills; i++)
        {
            await Task.Delay(random.Next(1, 150), Token);
            await lab.Process.KillAsync();
            lab.StartKeeper();
            // Now and then it is killed before it has taken over.
            if (random.Next(4) > 0)
            {
                await lab.Client.ListAsync(Token);
            }
        }

        foreach (Writer writer in writers)
        {
            await writer.CheckAsync(lab);
        }
    }

    /// <summary>A delay where a call begins or has come to its end holds the keeper there, so the kill finds it in that state.</summary>
    [Theory]
    [InlineData("ioctl", "delay_exit")]
    [InlineData("read", "delay_enter")]
    [InlineData("read", "delay_exit")]
    [InlineData("lseek", "delay_exit")]
    [InlineData("write", "delay_enter")]
    [InlineData("write", "delay_exit")]
    [InlineData("pwrite64", "delay_enter")]
    [InlineData("pwrite64", "delay_exit")]
    public async Task KilledBeforeAndAfterACall_OutputIsLoggedOnceAndInOrder(string call, string delay)
    {
        const int Kills = 4;
        HostRequirements.Require(Strace);
        await using KeeperLab lab = await KeeperLab.StartAsync();
        Writer writer = await Writer.RunAsync(
            lab, "c1", "echo -n 'num'; busybox usleep 1000; echo \"ber $i\"; echo -n 'number ' >&2; busybox usleep 1000; echo $i >&2");

        for (int i = 0; i < Kills; i++)
        {
            await lab.Client.ListAsync(Token);
            await using LabProcess strace = LabProcess.Start(
                $"{lab.Directories.Run}/strace.log", Strace, "-f", "-p", $"{lab.Process.Pid}", "-o", "/dev/null",
                "-e", $"trace={call}", "-e", $"inject={call}:{delay}=60000000:when={5 + i}");
            await Eventually.TrueAsync(() => IsHeldAsync(lab), $"a thread of the keeper is held at {call}");
            LabCleanup.Kill(lab.Process.Pid);
            // Until its tracer is gone its parent does not see it end.
            await strace.KillAsync();
            await lab.Process.WaitForExitAsync();
            lab.StartKeeper();
        }

        await writer.CheckAsync(lab);
    }

    [Fact]
    public async Task Killed_TerminalInTheMiddleOfALine_LogsItWhole()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.RunAsync(lab.Prepare("tty", "echo -n 'half '; read a; echo line; echo -n end; exit 5", terminal: true));
        await Eventually.TrueAsync(() => RestOf(lab, "tty").EndsWith("half ", StringComparison.Ordinal), "half a line was read");

        await lab.Process.KillAsync();
        lab.StartKeeper();
        using SafeFileHandle? master = await lab.Client.AttachAsync(new AttachRequest { Id = "tty" }, Token);
        _ = Descriptor.TryWrite(master!, "\n"u8, out _);

        Assert.Contains((await lab.WaitForExitAsync("tty")).ExitStatus, LabMachine.ExitsOfOrphan(5));
        Assert.Equal(["stdout F half \r", "stdout F line\r", "stdout P end"], lab.ReadLogLines("tty"));
    }

    [Fact]
    public async Task Killed_ContainerEndsMeanwhileInTheMiddleOfALine_LogsItAsPartial()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.RunAsync(lab.Prepare("c1", "echo -n 'half '; read a; exit 5") with { Stdin = true });
        await lab.RunAsync(lab.Prepare("tty", "echo -n 'half '; read a; exit 6", terminal: true));
        await Eventually.TrueAsync(() => RestOf(lab, "c1") == "half " && RestOf(lab, "tty") == "half ", "half a line was read");

        // Nobody has the master any more, so the terminal's container gets a SIGHUP.
        await lab.Client.DisposeAsync();
        await lab.Process.KillAsync();
        await File.WriteAllTextAsync($"{lab.BundleOf("c1")}/io/stdin", "\n", Token);
        lab.StartKeeper();
        await lab.ConnectAsync();
        await lab.WaitForExitAsync("c1");
        await lab.WaitForExitAsync("tty");

        Assert.Equal(["stdout P half "], lab.ReadLogLines("c1"));
        Assert.Equal(["stdout P half "], lab.ReadLogLines("tty"));
    }

    /// <summary>What of a line the keeper has stored: behind its length.</summary>
    private static string RestOf(KeeperLab lab, string id) =>
        File.Exists($"{lab.BundleOf(id)}/io/stdout.rest") ? File.ReadAllText($"{lab.BundleOf(id)}/io/stdout.rest")[sizeof(int)..] : "";

    /// <summary>A thread is stopped by its tracer, and still is after a moment.</summary>
    private static async Task<bool> IsHeldAsync(KeeperLab lab)
    {
        string[] before = FindStopped(lab);
        await Task.Delay(50, Token);
        return before.Intersect(FindStopped(lab)).Any();
    }

    private static string[] FindStopped(KeeperLab lab) =>
        [.. Directory.EnumerateDirectories($"/proc/{lab.Process.Pid}/task").Where(IsStopped)];

    private static bool IsStopped(string task)
    {
        try
        {
            return File.ReadAllText($"{task}/stat").Contains(") t ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // The thread has ended.
            return false;
        }
    }

    /// <summary>A container that writes numbers to both outputs until it is told to end.</summary>
    private sealed class Writer
    {
        private readonly string _id;
        private readonly string _root;

        private Writer(string id, string root)
        {
            _id = id;
            _root = root;
        }

        public static async Task<Writer> RunAsync(KeeperLab lab, string id, string step)
        {
            CreateRequest request = lab.Prepare(id, $"i=0; while [ ! -e /end ]; do i=$((i + 1)); {step}; done; exit 3");
            await lab.RunAsync(request);
            return new Writer(id, $"{lab.BundleOf(id)}/rootfs");
        }

        /// <summary>The log is read line by line: on a slow machine it is hundreds of megabytes.</summary>
        public async Task CheckAsync(KeeperLab lab)
        {
            await Eventually.TrueAsync(() => lab.EnumerateLogLines(_id).Skip(250).Any(), "there are lines enough to be compared");
            await File.WriteAllTextAsync($"{_root}/end", "", Token);
            Assert.Contains((await lab.WaitForExitAsync(_id)).ExitStatus, LabMachine.ExitsOfOrphan(3));
            int outputs = 0;
            int errors = 0;
            foreach (string line in lab.EnumerateLogLines(_id))
            {
                string expected = line.StartsWith("stdout", StringComparison.Ordinal)
                    ? string.Create(CultureInfo.InvariantCulture, $"stdout F number {++outputs}")
                    : string.Create(CultureInfo.InvariantCulture, $"stderr F number {++errors}");
                Assert.Equal(expected, line);
            }

            Assert.True(outputs > 100);
            Assert.Equal(outputs, errors);
        }
    }
}
