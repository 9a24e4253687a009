using System.Text;
using Crid.Linux;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper.Tests;

public sealed class LogFileTests : IDisposable
{
    private const string Prefix = "2026-03-04T05:06:07.123456700Z";

    private readonly string _directory = Directory.CreateTempSubdirectory("crid-keeper-").FullName;

    private string LogPath => $"{_directory}/0.log";

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Append_DiskFullThenSpace_TellsTheGapOnItsStreamFirst()
    {
        string path = LinkToFullDevice();
        using LogFile log = LogFile.Open(path, TimeProvider.System, NullLogger.Instance);
        Append(log, OutputKind.Stdout, "one", "two");
        Append(log, OutputKind.Stderr, "three");
        File.Delete(Path.GetDirectoryName(path)!);

        log.Reopen();
        Append(log, OutputKind.Stdout, "four");

        string[] lines = ReadLines(path);
        Assert.Equal(3, lines.Length);
        Assert.Equal("stdout F [crid: 2 lines (8 bytes) are missing here: No space left on device]", lines[0]);
        Assert.Equal("stderr F [crid: 1 lines (6 bytes) are missing here: No space left on device]", lines[1]);
        Assert.Equal("stdout F four", lines[2]);
    }

    [Fact]
    public void Mend_NothingMoreWritten_TellsTheGap()
    {
        string path = LinkToFullDevice();
        using LogFile log = LogFile.Open(path, TimeProvider.System, NullLogger.Instance);
        Append(log, OutputKind.Stderr, "lost");
        log.Mend();
        File.Delete(Path.GetDirectoryName(path)!);

        log.Reopen();
        log.Mend();

        Assert.Equal("stderr F [crid: 1 lines (5 bytes) are missing here: No space left on device]", Assert.Single(ReadLines(path)));
    }

    [Fact]
    public void OpenOrLose_FileThatCantBeOpenedYet_TellsTheGapOnceItCan()
    {
        File.CreateSymbolicLink(LogPath, LogPath);
        using LogFile log = LogFile.OpenOrLose(LogPath, TimeProvider.System, NullLogger.Instance);
        Append(log, OutputKind.Stdout, "one", "two");
        Assert.Throws<LinuxException>(log.Reopen);
        File.Delete(LogPath);

        Append(log, OutputKind.Stdout, "three");
        Append(log, OutputKind.Stderr, "four");

        Assert.Equal(
            ["stdout F [crid: 2 lines (8 bytes) are missing here: Too many levels of symbolic links]", "stdout F three", "stderr F four"], ReadLines(LogPath));
    }

    [Fact]
    public void Open_SymbolicLink_IsRefusedAndItsTargetUntouched()
    {
        string target = $"{_directory}/shadow";
        File.WriteAllText(target, "root");
        File.CreateSymbolicLink(LogPath, target);

        LinuxException refused = Assert.Throws<LinuxException>(() => LogFile.Open(LogPath, TimeProvider.System, NullLogger.Instance));

        Assert.Equal(Tmds.Linux.LibC.ELOOP, refused.Errno);
        Assert.Equal("root", File.ReadAllText(target));
    }

    [Fact]
    public void OpenOrLose_DirectoryThatCantBeMade_ReopenTellsTheGap()
    {
        File.WriteAllText($"{_directory}/file", "");
        string path = $"{_directory}/file/deeper/0.log";
        using LogFile log = LogFile.OpenOrLose(path, TimeProvider.System, NullLogger.Instance);
        Append(log, OutputKind.Stderr, "lost");
        File.Delete($"{_directory}/file");

        log.Reopen();

        Assert.EndsWith(" stderr F [crid: 1 lines (5 bytes) are missing here: Not a directory]\n", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_WriteStalled_DoesNotWait()
    {
        // A FIFO that nobody reads stands for a file system that hangs.
        Descriptor.EnsureFifo(LogPath);
        using SafeFileHandle reader = Descriptor.OpenFifoReader(LogPath);
        LogFile log = LogFile.Open(LogPath, TimeProvider.System, NullLogger.Instance);
        string line = new('x', 1 << 20);
        Task stalled = Task.Run(() => Append(log, OutputKind.Stdout, line), TestContext.Current.CancellationToken);
        SpinWait.SpinUntil(() => Descriptor.CountReadable(reader) > 0);

        log.Dispose();
        bool waited = stalled.IsCompleted;
        byte[] buffer = new byte[1 << 20];
        while (!stalled.IsCompleted || Descriptor.CountReadable(reader) > 0)
        {
            _ = Descriptor.TryRead(reader, buffer);
        }

        await stalled;
        Assert.False(waited);
        // The one that was held up has closed the file.
        Assert.Equal(0, Descriptor.TryRead(reader, buffer));
    }

    private static void Append(LogFile log, OutputKind output, params string[] contents)
    {
        string stream = output == OutputKind.Stdout ? "stdout" : "stderr";
        using Spool spool = Spool.InMemory();
        log.Append(output, Encoding.UTF8.GetBytes(string.Concat(contents.Select(content => $"{Prefix} {stream} F {content}\n"))), spool, consumed: 0);
    }

    /// <summary>
    /// The path of a device that is always full. Once the link in it is deleted, the same path is that of a file: a disk that has space again.
    /// </summary>
    private string LinkToFullDevice()
    {
        File.CreateSymbolicLink($"{_directory}/disk", "/dev");
        return $"{_directory}/disk/full";
    }

    private static string[] ReadLines(string path) => File.ReadAllLines(path).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]).ToArray();
}
