using Crid.Core;

namespace Crid.Runtimes.Tests;

public sealed class RuntimeErrorsTests
{
    [Fact]
    public void LastMessage_JsonLog_IsTheLastError()
    {
        byte[] log = """
            {"level":"error","msg":"first","time":"t"}
            {"level":"error","msg":"second","time":"t"}
            {"level":"warning","msg":"later","time":"t"}
            {"level":"er
            """u8.ToArray();

        Assert.Equal("second", RuntimeErrors.LastMessage(log));
    }

    [Theory]
    [InlineData("plain words\n", "plain words")]
    [InlineData("", null)]
    public void LastMessage_OtherLog_IsItsLastLine(string log, string? expected) =>
        Assert.Equal(expected, RuntimeErrors.LastMessage(System.Text.Encoding.UTF8.GetBytes(log)));

    [Theory]
    [InlineData("""runc create failed: unable to start container process: exec: "nope": executable file not found in $PATH""")]
    [InlineData("""runc create failed: unable to start container process: exec: "nope": stat nope: no such file or directory""")]
    [InlineData("executable file `nope` not found in $PATH: No such file or directory")]
    public void ForCommand_MissingExecutable_NamesTheCommandAndKeepsTheText(string text)
    {
        CridException exception = RuntimeErrors.ForCommand(ErrorKind.Internal, "create", "nope", text, 1);

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Equal($"create: command 'nope' was not found in the container: {text}", exception.Message);
    }

    [Fact]
    public void ForCommand_OtherFailure_KeepsKindAndText()
    {
        CridException exception = RuntimeErrors.ForCommand(ErrorKind.Internal, "create", "sh", "no space left on device", 1);

        Assert.Equal((ErrorKind.Internal, "create: no space left on device"), (exception.Kind, exception.Message));
    }

    [Fact]
    public void ForCommand_NoText_TellsTheStatus() =>
        Assert.Equal("create: exit status 137", RuntimeErrors.ForCommand(ErrorKind.Internal, "create", "sh", message: null, 137).Message);
}
