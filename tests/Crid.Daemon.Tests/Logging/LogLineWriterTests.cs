using System.Buffers;
using System.Text;
using System.Text.Json;
using Crid.Core;
using Microsoft.Extensions.Logging;

namespace Crid.Daemon.Tests;

public sealed class LogLineWriterTests
{
    private static readonly DateTimeOffset Moment = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    [Fact]
    public void Text_EventWithValues_IsKeysAndValues()
    {
        string line = Write(LogFormat.Text, Moment, new LogEvent
        {
            Level = LogLevel.Information,
            Category = "Crid.Pods",
            EventId = 6001,
            Message = "sandbox abc is ready",
            Values = [new("SandboxId", "abc"), new("ElapsedMs", 12L), new("Empty", ""), new("{OriginalFormat}", "sandbox {SandboxId} is ready")],
        });

        Assert.Equal(
            "time=2026-01-02T03:04:05.678Z level=info event=6001 source=Crid.Pods msg=\"sandbox abc is ready\" SandboxId=abc ElapsedMs=12 Empty=\"\"",
            line);
    }

    [Fact]
    public void Text_ControlCharactersAndQuotes_StayOnOneLine()
    {
        string line = Write(LogFormat.Text, null, new LogEvent
        {
            Level = LogLevel.Warning,
            Category = "c",
            EventId = 1,
            Message = "a\nb\t\"c\" \\ \u001b[31m é",
        });

        Assert.Equal("level=warning event=1 source=c msg=\"a\\nb\\t\\\"c\\\" \\\\ \\u001b[31m é\"", line);
    }

    [Fact]
    public void Text_ExpectedFailure_HasItsMessageAndNoStack()
    {
        string line = Write(LogFormat.Text, null, Failed(Thrown(CridException.NotFound("no image 'x'"))));

        Assert.Equal("level=error event=2 source=c msg=failed error=\"no image 'x'\"", line);
    }

    [Fact]
    public void Text_UnexpectedFailure_HasAllMessagesAndItsStack()
    {
        string line = Write(LogFormat.Text, null, Failed(Thrown(new InvalidOperationException("outer", new IOException("inner")))));

        Assert.Contains("error=\"InvalidOperationException: outer: IOException: inner\"", line, StringComparison.Ordinal);
        Assert.Contains("stack=\"   at Crid.Daemon.Tests.LogLineWriterTests.Thrown", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public void Json_EventWithValues_IsAnObjectWithTheirTypes()
    {
        string line = Write(LogFormat.Json, Moment, new LogEvent
        {
            Level = LogLevel.Debug,
            Category = "Crid.Cri",
            EventId = 7001,
            Message = "two\nlines",
            Values = [new("Id", "abc"), new("ElapsedMs", 12L), new("Ok", true), new("Nothing", null), new("{OriginalFormat}", "x")],
            Exception = CridException.NotFound("gone"),
        });

        Assert.DoesNotContain('\n', line);
        JsonElement json = JsonDocument.Parse(line).RootElement;
        Assert.Equal(
            ["time", "level", "event", "source", "msg", "Id", "ElapsedMs", "Ok", "Nothing", "error"],
            json.EnumerateObject().Select(property => property.Name));
        Assert.Equal("two\nlines", json.GetProperty("msg").GetString());
        Assert.Equal(12, json.GetProperty("ElapsedMs").GetInt64());
        Assert.True(json.GetProperty("Ok").GetBoolean());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("Nothing").ValueKind);
        Assert.Equal("gone", json.GetProperty("error").GetString());
    }

    private static LogEvent Failed(Exception exception) => new()
    {
        Level = LogLevel.Error,
        Category = "c",
        EventId = 2,
        Message = "failed",
        Exception = exception,
    };

    private static Exception Thrown(Exception exception)
    {
        try
        {
            throw exception;
        }
        catch (Exception caught)
        {
            return caught;
        }
    }

    private static string Write(LogFormat format, DateTimeOffset? time, LogEvent logEvent)
    {
        ArrayBufferWriter<byte> output = new();
        LogLineWriter.Create(format).Write(output, time, logEvent);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
