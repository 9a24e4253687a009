using Crid.Core;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper.Protocol.Tests;

public sealed class KeeperMessagesTests
{
    private static readonly CreateRequest Create = new()
    {
        Id = "id",
        Command = ["/bin/runc", "", "ü"],
        BundleDirectory = "/b",
        PidFile = "/p",
        IoDirectory = "/io",
        LogPath = "/log",
        MaxLogLineBytes = 7,
        Terminal = true,
        ConsoleSocket = null,
        Stdin = true,
        StdinOnce = true,
        Attachable = true,
        Timeout = TimeSpan.FromSeconds(1.5),
    };

    [Fact]
    public void ReadCreateRequest_Written_IsTheSame()
    {
        MessageWriter writer = new();
        writer.Write(Create, KeeperWire.NewestVersion);
        MessageReader reader = new(writer.Written.Span);

        CreateRequest read = KeeperMessages.ReadCreateRequest(ref reader, KeeperWire.NewestVersion);

        Assert.Equal(Create.Command, read.Command);
        Assert.Equal(Create, read with { Command = Create.Command });
    }

    [Fact]
    public void ReadCreateRequest_FirstVersion_LacksWhatCameLater()
    {
        MessageWriter newer = new();
        newer.Write(Create, KeeperWire.NewestVersion);
        MessageWriter older = new();
        older.Write(Create, KeeperWire.OldestVersion);
        MessageReader reader = new(older.Written.Span);

        CreateRequest read = KeeperMessages.ReadCreateRequest(ref reader, KeeperWire.OldestVersion);

        Assert.Equal(newer.Written.Length - 1, older.Written.Length);
        Assert.Equal(Create with { Attachable = false }, read with { Command = Create.Command });
    }

    [Theory]
    [InlineData(KeeperWire.OldestVersion, -5, null)]
    [InlineData(KeeperWire.NewestVersion, -5, -5)]
    [InlineData(KeeperWire.NewestVersion, null, null)]
    public void ReadExecRequest_Score_ComesFromTheSecondVersionOn(ushort version, int? score, int? expected)
    {
        ExecRequest request = new() { Id = "e", Command = ["/r"], BundleDirectory = "/b", PidFile = "/p", OomScoreAdjust = score };
        MessageWriter writer = new();
        writer.Write(request, version);
        MessageReader reader = new(writer.Written.Span);

        ExecRequest read = KeeperMessages.ReadExecRequest(ref reader, [], version);

        Assert.Equal(expected, read.OomScoreAdjust);
    }

    [Fact]
    public void ReadAttachRequest_Written_IsTheSame()
    {
        using SafeFileHandle error = new();
        AttachRequest request = new() { Id = "a", Stdin = true, Stderr = error };
        MessageWriter writer = new();
        writer.Write(request);
        MessageReader reader = new(writer.Written.Span);

        Assert.Equal(request, KeeperMessages.ReadAttachRequest(ref reader, request.GetFiles()));
    }

    [Fact]
    public void ReadCreateRequest_CutAnywhere_IsInvalidData()
    {
        MessageWriter writer = new();
        writer.Write(Create, KeeperWire.NewestVersion);

        for (int length = 0; length < writer.Written.Length; length++)
        {
            int cut = length;
            Assert.Throws<InvalidDataException>(() =>
            {
                MessageReader reader = new(writer.Written.Span[..cut]);
                KeeperMessages.ReadCreateRequest(ref reader, KeeperWire.NewestVersion);
            });
        }
    }

    [Fact]
    public void ReadCreateRequest_RandomBytes_IsInvalidDataOrARequest()
    {
        Random random = new(5);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            for (int j = 0; j < bytes.Length; j++)
            {
                bytes[j] = random.Next(3) == 0 ? bytes[j] : (byte)random.Next(2);
            }

            try
            {
                MessageReader reader = new(bytes);
                Assert.NotNull(KeeperMessages.ReadCreateRequest(ref reader, KeeperWire.NewestVersion).Id);
            }
            catch (InvalidDataException e)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }

    [Fact]
    public void ReadExecRequest_SomeDescriptors_GoWhereTheyCameFrom()
    {
        using SafeFileHandle output = new();
        using SafeFileHandle error = new();
        ExecRequest request = new() { Id = "e", Command = ["/r"], BundleDirectory = "/b", PidFile = "/p", Stdout = output, Stderr = error };
        MessageWriter writer = new();
        writer.Write(request, KeeperWire.NewestVersion);
        MessageReader reader = new(writer.Written.Span);

        ExecRequest read = KeeperMessages.ReadExecRequest(ref reader, request.GetFiles(), KeeperWire.NewestVersion);

        Assert.Null(read.Stdin);
        Assert.Same(output, read.Stdout);
        Assert.Same(error, read.Stderr);
    }

    [Fact]
    public void ReadExecRequest_DescriptorMissing_IsInvalidData()
    {
        using SafeFileHandle output = new();
        MessageWriter writer = new();
        writer.Write(new ExecRequest { Id = "e", Command = ["/r"], BundleDirectory = "/b", PidFile = "/p", Stdout = output }, KeeperWire.NewestVersion);

        Assert.Throws<InvalidDataException>(() =>
        {
            MessageReader reader = new(writer.Written.Span);
            KeeperMessages.ReadExecRequest(ref reader, [], KeeperWire.NewestVersion);
        });
    }

    [Fact]
    public void ReadKeptProcess_Written_IsTheSame()
    {
        KeptProcess ended = new("id", 5, ulong.MaxValue, new ProcessExit("id", 5, 137, new DateTimeOffset(2026, 2, 3, 4, 5, 6, TimeSpan.Zero)));
        KeptProcess running = ended with { Exit = null };
        MessageWriter writer = new();
        writer.Write(ended);
        writer.Write(running);
        MessageReader reader = new(writer.Written.Span);

        KeptProcess[] read = [KeeperMessages.ReadKeptProcess(ref reader), KeeperMessages.ReadKeptProcess(ref reader)];

        Assert.Equal([ended, running], read);
    }

    [Fact]
    public void ReadFailure_EveryKind_ComesThrough()
    {
        foreach (ErrorKind kind in Enum.GetValues<ErrorKind>())
        {
            MessageWriter writer = new();
            writer.WriteFailure(kind, "why");
            MessageReader reader = new(writer.Written.Span);

            CridException? failure = KeeperMessages.ReadFailure(ref reader);

            Assert.Equal((kind, "why"), (failure?.Kind, failure?.Message));
        }
    }
}
