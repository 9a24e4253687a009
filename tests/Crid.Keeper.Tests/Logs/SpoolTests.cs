using System.Text;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Keeper.Tests;

/// <summary>A copy of a spool's file at some moment is what a keeper leaves that is killed then.</summary>
public sealed class SpoolTests : IDisposable
{
    private const string Prefix = "0000-00-00T00:00:00.000000000Z";

    private readonly string _directory = Directory.CreateTempSubdirectory("crid-keeper-").FullName;
    private readonly Spool _spool;
    private readonly Output _output;

    public SpoolTests()
    {
        Directory.CreateDirectory($"{_directory}/left");
        Directory.CreateDirectory($"{_directory}/io");
        _spool = Spool.Create($"{_directory}/spool");
        _output = new Output("c1", OutputKind.Stdout, MaxLineBytes: 100, RestPath);
        File.WriteAllText(LogPath, $"{Prefix} stdout F earlier\n");
    }

    private string LogPath => $"{_directory}/0.log";

    private string RestPath => $"{_directory}/io/stdout.rest";

    private ulong LogInode => Crid.Linux.FileMetadata.FindStatus(LogPath)!.Value.Inode;

    private long LogLength => new FileInfo(LogPath).Length;

    public void Dispose()
    {
        _spool.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData("half ")]
    public void Recover_KilledBeforeTheRead_LeavesTheRest(string rest)
    {
        _spool.Begin(_output, Encoding.UTF8.GetBytes(rest));
        _spool.BeginRead(5);

        Assert.Equal(rest, Recover());
    }

    [Theory]
    [InlineData("x")]
    [InlineData("words\n")]
    [InlineData("words that are longer than the mark is\n")]
    public void Recover_KilledAfterTheRead_HasWhatWasRead(string read)
    {
        _spool.Begin(_output, "half "u8);
        Arrive(read);

        Assert.Equal($"half {read}", Recover());
    }

    [Fact]
    public void Recover_KilledBeforeTheWrite_HasEverything()
    {
        Read("one\ntwo\nthree");
        BeginWrite("one\n", "two\n");

        Assert.Equal("one\ntwo\nthree", Recover());
    }

    [Fact]
    public void Recover_KilledAfterTheWrite_HasWhatFollows()
    {
        Read("one\ntwo\nthree");
        File.AppendAllText(LogPath, BeginWrite("one\n", "two\n"));

        Assert.Equal("three", Recover());
    }

    [Fact]
    public void Recover_KilledAfterTheWriteAndMoreOfAnotherOutput_HasWhatFollows()
    {
        Read("one\ntwo\nthree");
        File.AppendAllText(LogPath, BeginWrite("one\n", "two\n"));
        File.AppendAllText(LogPath, $"{Prefix} stderr F other\n");
        string log = File.ReadAllText(LogPath);

        Assert.Equal("three", Recover());
        Assert.Equal(log, File.ReadAllText(LogPath));
    }

    [Fact]
    public void Recover_KilledInTheWrite_CutsTheLineAndHasItAgain()
    {
        Read("one\ntwo\nthree");
        string batch = BeginWrite("one\n", "two\n");
        for (int written = 1; written < batch.Length; written++)
        {
            long before = LogLength;
            File.AppendAllText(LogPath, batch[..written]);
            bool firstIsWhole = written > batch.IndexOf('\n', StringComparison.Ordinal);

            Assert.Equal(firstIsWhole ? "two\nthree" : "one\ntwo\nthree", Recover());
            Assert.Equal(before + (firstIsWhole ? batch.IndexOf('\n', StringComparison.Ordinal) + 1 : 0), LogLength);
            using FileStream log = new(LogPath, FileMode.Open);
            log.SetLength(before);
        }
    }

    [Fact]
    public void Recover_KilledInARotation_FindsTheRenamedLog()
    {
        Read("one\ntwo\nthree");
        File.AppendAllText(LogPath, BeginWrite("one\n", "two\n"));
        File.Move(LogPath, $"{LogPath}.1");
        File.WriteAllText(LogPath, "");

        Assert.Equal("three", Recover());
    }

    [Fact]
    public void Recover_LogIsGone_HasEverything()
    {
        Read("one\ntwo\nthree");
        BeginWrite("one\n", "two\n");
        File.Delete(LogPath);

        Assert.Equal("one\ntwo\nthree", Recover());
    }

    [Fact]
    public void Recover_KilledBetweenWrites_HasWhatIsNotLogged()
    {
        Read("one\ntwo\nthree");
        BeginWrite("one\n");
        _spool.EndWrite(4);

        Assert.Equal("two\nthree", Recover());
    }

    [Fact]
    public void Recover_KilledWhenIdle_LeavesTheRestAlone()
    {
        Read("one\ntwo\nthree");
        LineRest.Write(RestPath, "newer"u8);
        _spool.End();

        Assert.Equal("newer", Recover());
    }

    [Fact]
    public void FindLeft_SomethingInIt_StaysAndNewSpoolsHaveOtherNames()
    {
        Read("one\n");
        File.Copy($"{_directory}/spool", $"{_directory}/left/7");
        SpoolDirectory spools = new($"{_directory}/left", NullLogger.Instance);

        (string id, List<string> paths) = Assert.Single(spools.FindLeft());
        using Spool made = spools.Create();

        Assert.Equal(("c1", $"{_directory}/left/7"), (id, Assert.Single(paths)));
        Assert.Equal(["7", "8"], Directory.GetFiles($"{_directory}/left").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(1 << 20)]
    public void FindLeft_NoSpool_IsRemoved(int length)
    {
        byte[] noise = new byte[length];
        Random.Shared.NextBytes(noise);
        File.WriteAllBytes($"{_directory}/left/1", noise);

        Assert.Empty(new SpoolDirectory($"{_directory}/left", NullLogger.Instance).FindLeft());
        Assert.Empty(Directory.GetFiles($"{_directory}/left"));
    }

    [Theory]
    [InlineData(SpoolMode.Reading, 0, 0, Spool.DataSize, true)]
    [InlineData(SpoolMode.Writing, 5, 900, 900, true)]
    [InlineData(SpoolMode.Holding, 7, 6, 0, false)]
    [InlineData(SpoolMode.Holding, 0, Spool.DataSize + 1, 0, false)]
    [InlineData(SpoolMode.Reading, 0, 5, 4, false)]
    [InlineData(SpoolMode.Writing, 0, 5, 6, false)]
    public void State_AsANumber_IsTheSameAndChecked(object mode, int start, int end, int next, bool valid)
    {
        SpoolState state = new((SpoolMode)mode, start, end, next);

        Assert.Equal(state, SpoolState.From(state.ToNumber()));
        Assert.Equal(valid, state.IsValid);
    }

    [Fact]
    public void Create_ExistsAlready_ThrowsAndLeavesIt()
    {
        Assert.Throws<Crid.Linux.LinuxException>(() => Spool.Create($"{_directory}/spool"));
        Assert.True(File.Exists($"{_directory}/spool"));
    }

    /// <summary>Begins to read and gets this.</summary>
    private void Arrive(string text) => Encoding.UTF8.GetBytes(text).CopyTo(_spool.BeginRead(Encoding.UTF8.GetByteCount(text)));

    /// <summary>Reads this from the beginning to the end.</summary>
    private void Read(string text)
    {
        _spool.Begin(_output, []);
        Arrive(text);
        _spool.EndRead(text.Length);
    }

    /// <summary>Notes a write of these lines, and returns what would be written.</summary>
    private string BeginWrite(params string[] lines)
    {
        string batch = string.Concat(lines.Select(line => $"{Prefix} stdout F {line}"));
        _spool.BeginWrite(LogInode, LogLength, batch.Length, lines.Sum(line => line.Length));
        return batch;
    }

    /// <summary>Leaves the spool to a next keeper and returns what that goes on with.</summary>
    private string Recover()
    {
        File.Copy($"{_directory}/spool", $"{_directory}/left/1");
        if (_spool.State.Mode != SpoolMode.Idle)
        {
            File.Delete(RestPath);
        }

        IoSettings settings = new($"{_directory}/io", LogPath, MaxLineBytes: 100, Terminal: false, Stdin: false, StdinOnce: false);
        SpoolDirectory spools = new($"{_directory}/left", NullLogger.Instance);
        foreach ((string id, List<string> paths) in spools.FindLeft())
        {
            Assert.Equal("c1", id);
            paths.ForEach(path => spools.Settle(path, LogPath, settings));
        }

        Assert.Empty(Directory.GetFiles($"{_directory}/left"));
        return Encoding.UTF8.GetString(LineRest.Read(RestPath));
    }
}
